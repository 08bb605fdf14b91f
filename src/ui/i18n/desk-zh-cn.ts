// The words of the desk in Simplified Chinese.
import type { DeskStrings } from './desk-strings.ts';
import { zhCn } from './zh-cn.ts';

export const deskZhCn: DeskStrings = {
  ...zhCn,
  nameless: '访客',
  offline: '等待网络，回复将在恢复后自动发送',
  refused: '工作台无法连接，请重新登录',

  desk: '客服工作台',
  loginHeading: '登录客服工作台',
  loginName: '账号',
  loginPassword: '密码',
  login: '登录',
  loggingIn: '正在登录…',
  loginWrong: '账号或密码错误',
  loginTimeout: '服务器无响应，请重试',
  loginFailed: '登录失败，请重试',
  logout: '退出登录',

  inbox: '会话',
  inboxEmpty: '暂无会话',
  inboxEmptyHint: '新的会话会显示在这里',
  conversations: { other: '{n} 个会话' },
  filterOpen: '进行中',
  filterQueued: '排队中',
  filterResolved: '已结束',
  unread: { other: '{n} 条未读消息' },
  previewOwn: '我：{text}',
  previewEmpty: '暂无消息',
  waiting: '已等待 {duration}',

  phaseNew: '新会话',
  phaseQueued: '排队中',
  phaseResolved: '已结束',

  selectConversation: '请选择会话',
  selectConversationHint: '从左侧列表选择一个会话，查看消息并回复',
  back: '返回会话列表',
  resolve: '结束会话',
  resolving: '正在结束…',
  resolved: '会话已结束',
  resolvedHint: '访客再次发送消息时将重新打开会话',
  take: '接入',
  taking: '正在接入…',
  assignedTo: '由{name}接待',
  assignedToYou: '由我接待',
  actionFailed: '操作失败，请重试',
  replyPlaceholder: '请输入回复…',

  visitorOnline: '正在浏览页面',
  visitorOffline: '已离开页面',
  page: '页面',
  channel: '渠道',
  details: '详细信息',
  started: '最近活动',
  status: '状态',
  waitingSince: '开始等待',
  closeDetails: '关闭详细信息',

  keysNext: '切换会话',
};

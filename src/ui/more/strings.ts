// The words of the second file. It has its own, so that they are not in the first.

interface MoreStrings {
  readonly attach: string;
  readonly record: string;
  readonly emoji: string;
  readonly editing: string;
  readonly sendCard: string;
  /** `{id}` of an order. */
  readonly order: string;
  /** `{n}` files. */
  readonly sendOne: string;
  readonly sendMany: string;
  readonly send: string;
  readonly cancel: string;
  readonly remove: string;
  readonly preparing: string;
  /** `{size}` at most. */
  readonly tooLarge: string;
  readonly unreadable: string;
  readonly notAllowed: string;
  readonly recording: string;
  /** While the button is held. */
  readonly release: string;
  readonly noMicrophone: string;
  readonly image: string;
  readonly close: string;
  readonly download: string;
  readonly zoom: string;
  readonly before: string;
  readonly after: string;
  /** `{n}` of `{of}`. */
  readonly place: string;
  readonly voice: string;
  readonly play: string;
  readonly pause: string;
  readonly menu: string;
  readonly reply: string;
  /** Whom an answer quotes who has no name. */
  readonly visitor: string;
  readonly copy: string;
  readonly copied: string;
  readonly edit: string;
  readonly recall: string;
  readonly tooLate: string;
  /** Of a message that was edited meanwhile. */
  readonly gone: string;
  readonly notNow: string;
  readonly notHere: string;
  readonly search: string;
  readonly nothing: string;
}

const en: MoreStrings = {
  attach: 'Attach files',
  record: 'Record a voice message',
  emoji: 'Emoji',
  editing: 'Edit message',
  sendCard: 'Send this',
  order: 'Order {id}',
  sendOne: 'Send file',
  sendMany: 'Send {n} files',
  send: 'Send',
  cancel: 'Cancel',
  remove: 'Remove {name}',
  preparing: 'Preparing…',
  tooLarge: 'Too large: {size} at most',
  unreadable: 'This browser can’t read the format. Choose a JPEG or PNG.',
  notAllowed: 'Files of this kind can’t be sent',
  recording: 'Recording a voice message',
  release: 'Recording: let go to send, move away to cancel',
  noMicrophone: 'The microphone can’t be used. Allow it in the settings of the browser.',
  image: 'Image',
  close: 'Close',
  download: 'Download',
  zoom: 'Zoom',
  before: 'Previous',
  after: 'Next',
  place: '{n} of {of}',
  voice: 'Voice message',
  play: 'Play',
  pause: 'Pause',
  menu: 'Message',
  reply: 'Reply',
  visitor: 'Visitor',
  copy: 'Copy',
  copied: 'Copied',
  edit: 'Edit',
  recall: 'Take back',
  tooLate: 'It’s too late to take this back',
  gone: 'That message is gone, and your change with it',
  notNow: 'That didn’t work. Try again.',
  notHere: 'This message isn’t here any more',
  search: 'Search messages',
  nothing: 'Nothing found',
};

const zhCn: MoreStrings = {
  attach: '发送文件',
  record: '录制语音',
  emoji: '表情',
  editing: '编辑消息',
  sendCard: '发送',
  order: '订单 {id}',
  sendOne: '发送文件',
  sendMany: '发送 {n} 个文件',
  send: '发送',
  cancel: '取消',
  remove: '移除 {name}',
  preparing: '正在处理…',
  tooLarge: '文件过大，最大 {size}',
  unreadable: '浏览器无法读取该格式，请选择 JPEG 或 PNG 图片',
  notAllowed: '不支持发送此类文件',
  recording: '正在录制语音消息',
  release: '正在录音：松开发送，移开取消',
  noMicrophone: '无法使用麦克风，请在浏览器设置中允许访问',
  image: '图片',
  close: '关闭',
  download: '下载',
  zoom: '缩放',
  before: '上一张',
  after: '下一张',
  place: '第 {n} 张，共 {of} 张',
  voice: '语音消息',
  play: '播放',
  pause: '暂停',
  menu: '消息',
  reply: '回复',
  visitor: '访客',
  copy: '复制',
  copied: '已复制',
  edit: '编辑',
  recall: '撤回',
  tooLate: '已超过撤回时限',
  gone: '这条消息已不在，修改未保存',
  notNow: '操作失败，请重试',
  notHere: '这条消息已不存在',
  search: '搜索消息',
  nothing: '没有找到',
};

export const moreStrings = (lang: string): MoreStrings => (/^zh\b/i.test(lang) ? zhCn : en);

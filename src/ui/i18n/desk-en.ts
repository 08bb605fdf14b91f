// The words of the desk in English.
import type { DeskStrings } from './desk-strings.ts';
import { en } from './en.ts';

export const deskEn: DeskStrings = {
  ...en,
  nameless: 'Visitor',
  offline: 'Waiting for network. Replies will be sent when it’s back.',
  refused: 'The desk can’t connect. Please log in again.',

  desk: 'Support desk',
  loginHeading: 'Log in to the desk',
  loginName: 'Name',
  loginPassword: 'Password',
  login: 'Log in',
  loggingIn: 'Logging in…',
  loginWrong: 'Name or password is wrong.',
  loginTimeout: 'The server didn’t answer. Please try again.',
  loginFailed: 'Logging in didn’t work. Please try again.',
  logout: 'Log out',

  inbox: 'Inbox',
  inboxEmpty: 'All caught up',
  inboxEmptyHint: 'New conversations appear here.',
  conversations: { one: '{n} conversation', other: '{n} conversations' },
  filterOpen: 'Open',
  filterQueued: 'Waiting',
  filterResolved: 'Resolved',
  unread: { one: '{n} unread message', other: '{n} unread messages' },
  previewOwn: 'You: {text}',
  previewEmpty: 'No messages yet',
  waiting: 'Waiting {duration}',

  phaseNew: 'New',
  phaseQueued: 'Waiting',
  phaseResolved: 'Resolved',

  selectConversation: 'Pick a conversation',
  selectConversationHint: 'Choose one from the inbox to read and reply.',
  back: 'Back to inbox',
  resolve: 'Resolve',
  resolving: 'Resolving…',
  resolved: 'Resolved',
  resolvedHint: 'A new message opens the conversation again.',
  take: 'Take',
  taking: 'Taking…',
  assignedTo: 'Assigned to {name}',
  assignedToYou: 'Assigned to you',
  actionFailed: 'That didn’t work. Please try again.',
  replyPlaceholder: 'Write a reply…',

  visitorOnline: 'On the page now',
  visitorOffline: 'Has left the page',
  page: 'Page',
  channel: 'Channel',
  details: 'Details',
  started: 'Last activity',
  status: 'Status',
  waitingSince: 'Waiting since',
  closeDetails: 'Close details',

  keysNext: 'Next',
};

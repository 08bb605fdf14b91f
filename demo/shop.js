// What the demo shop does by itself: ?lang=zh-CN and ?theme=dark, a button that opens the chat with a first line, and customers who log in.
const wish = new URLSearchParams(location.search);
const lang = wish.get('lang') === 'zh-CN' ? 'zh-CN' : 'en';
const theme = wish.get('theme') === 'dark' ? 'dark' : wish.get('theme') === 'auto' ? 'auto' : 'light';
const direction = wish.get('dir') === 'rtl' ? 'rtl' : 'ltr';

document.documentElement.lang = lang;
document.documentElement.dir = direction;
document.documentElement.dataset.theme = theme;

const zh = {
  brand: '炉与溪',
  title: 'Rill 细口手冲壶 · 炉与溪',
  notice: '满 ¥399 免运费 · 30 天无忧退换',
  kettles: '手冲壶',
  drippers: '滤杯',
  tea: '茶',
  journal: '手记',
  dark: '深色',
  light: '浅色',
  bag: '购物袋',
  'log-in': '登录',
  'log-in-as': '以商店顾客的身份登录：',
  'log-out': '退出登录',
  'no-log-in': '这里无法登录',
  shop: '商店',
  name: 'Rill 细口手冲壶',
  caption: '冷杉绿 · 0.9 升 · 胡桃木',
  kind: '手冲壶',
  rating: '4.9 · 218 条评价',
  price: '¥589',
  was: '¥689',
  lead: '从第一滴到最后一滴，水流始终缓慢而平稳。壶嘴手工切削，胡桃木手柄不烫手，壶底的余温足够再冲一杯。',
  colour: '颜色',
  fir: '冷杉绿',
  bone: '骨白',
  ink: '墨黑',
  add: '加入购物袋',
  ask: '咨询这款手冲壶',
  'fact-stock': '现货，明天从工坊发出',
  'fact-hob': '燃气、电炉、电磁炉通用',
  'fact-guarantee': '十年质保',
  'story-1': '为维修而生',
  'story-1-text': '手柄、壶盖和密封圈只用一颗螺丝固定。每个零件都能买到，十年后也一样。',
  'story-2': '每秒 4 毫米',
  'story-2-text': '最细水流时的出水速度。咖啡粉会安安静静待在原处。',
  'story-3': '炉上也安静',
  'story-3-text': '三层复合壶底均匀受热，只在水开时轻轻鸣响。',
  reviews: '大家怎么说',
  'review-1': '“我问客服它能不能放在我的小电磁炉上。两分钟后就有了清楚的答复，壶也在路上了。”',
  'review-1-by': '米雷拉，克卢日',
  'review-2': '“水流慢到我终于尝出了这包豆子的味道。”',
  'review-2-by': '小俊，杭州',
  foot: '“炉与溪”是为展示 Kefu 客服聊天而虚构的商店。',
  'to-inline': '页面内的聊天',
  'to-desk': '客服工作台',
  contact: '联系我们',
  heading: '炉与溪客服',
  greeting: '您好！关于手冲壶、订单或一处磕碰，都可以写给我们，真人回复。',
  'inline-title': '联系我们 · 炉与溪',
  'inline-name': '和我们聊聊',
  'inline-lead': '这一页上有两个互不相干的聊天：左边问订单，右边问冲泡。各有各的对话，各有各的记录。',
  'orders-name': '订单与配送',
  'orders-text': '包裹在哪里，怎样退换。',
  'orders-greeting': '您好，请告诉我们订单号，我们来查。',
  'brewing-name': '冲泡与保养',
  'brewing-text': '水温、研磨度、除垢。',
  'brewing-greeting': '您好！今天冲什么？',
};

const question = () =>
  lang === 'zh-CN' ? '您好，我想咨询 Rill 细口手冲壶：' : 'Hi, a question about the Rill kettle: ';

const product = () => ({
  title: lang === 'zh-CN' ? zh.name : 'Rill gooseneck kettle',
  note: lang === 'zh-CN' ? zh.caption : 'Fir · 0.9 L · walnut',
  price: lang === 'zh-CN' ? zh.price : '$89',
  picture: 'kettle.jpg',
  url: location.href,
});

/** Where the shop remembers who is logged in, as a real one does in a cookie of its server. */
const SHOP_SESSION = 'shop:customer';

/** What a real shop's server does for who is logged in: it signs who that is. Here the gateway does, with --demo. */
async function signedToken(name) {
  const answer = await fetch(`/demo/token?name=${encodeURIComponent(name)}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return (await answer.json()).token;
}

/** Tells every chat on the page who is logged in at the shop. */
async function tellChats(customer) {
  await customElements.whenDefined('kefu-chat');
  for (const chat of document.querySelectorAll('kefu-chat')) {
    if (customer) {
      chat.setUser({ id: customer.id });
      chat.tokenProvider = () => signedToken(customer.name);
    } else chat.logout();
  }
}

function showAccount(account, customer) {
  const logIn = lang === 'zh-CN' ? zh['log-in'] : 'Log in';
  account.open = false;
  account.querySelector('summary').textContent = customer?.name ?? logIn;
  for (const part of account.querySelectorAll('p, [data-customer]')) part.hidden = customer !== undefined;
  account.querySelector('[data-t="log-out"]').hidden = customer === undefined;
}

function setUpAccount(account) {
  const now = () => JSON.parse(localStorage.getItem(SHOP_SESSION) ?? 'null') ?? undefined;
  const change = () => {
    showAccount(account, now());
    void tellChats(now());
  };
  showAccount(account, now());
  if (now()) void tellChats(now());
  // On another page of the shop.
  addEventListener('storage', ({ key }) => {
    if (key === SHOP_SESSION) change();
  });
  account.addEventListener('click', async ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return;
    const { customer: id } = target.dataset;
    const name = target.textContent;
    try {
      if (id) await signedToken(name);
    } catch {
      account.querySelector('p').textContent = lang === 'zh-CN' ? zh['no-log-in'] : 'Nobody can log in here.';
      return;
    }
    if (id) localStorage.setItem(SHOP_SESSION, JSON.stringify({ id, name }));
    else localStorage.removeItem(SHOP_SESSION);
    change();
  });
}

/** The same page with one wish changed. */
function linkTo(name, value) {
  const next = new URLSearchParams(location.search);
  next.set(name, value);
  return `?${next}`;
}

function translate() {
  if (zh[document.documentElement.dataset.title]) document.title = zh[document.documentElement.dataset.title];
  for (const element of document.querySelectorAll('[data-t]')) {
    const text = zh[element.dataset.t];
    if (text) element.textContent = text;
  }
  for (const chat of document.querySelectorAll('kefu-chat')) {
    for (const name of ['heading', 'greeting'])
      if (chat.hasAttribute(name)) chat.setAttribute(name, zh[chat.dataset[name] ?? name]);
  }
}

document.addEventListener('DOMContentLoaded', () => {
  if (lang === 'zh-CN') translate();
  for (const chat of document.querySelectorAll('kefu-chat')) chat.setAttribute('theme', theme);

  const languages = document.querySelector('[data-switch="lang"]');
  languages.href = linkTo('lang', lang === 'en' ? 'zh-CN' : 'en');
  languages.lang = languages.hreflang = lang === 'en' ? 'zh-CN' : 'en';
  languages.textContent = lang === 'en' ? '中文' : 'English';
  const themes = document.querySelector('[data-switch="theme"]');
  themes.href = linkTo('theme', theme === 'dark' ? 'light' : 'dark');
  themes.textContent = theme === 'dark' ? (lang === 'en' ? 'Light' : zh.light) : lang === 'en' ? 'Dark' : zh.dark;

  const account = document.querySelector('.account');
  if (account) setUpAccount(account);

  document.querySelector('#ask')?.addEventListener('click', () => {
    // Until the script is there, or when it is blocked, the link inside <kefu-chat> is what the visitor sees.
    document.querySelector('kefu-chat').open?.({ text: question(), product: product() });
  });
});

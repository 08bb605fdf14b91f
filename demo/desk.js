// ?lang=zh-CN and ?theme=dark for the desk of the demo.
const wish = new URLSearchParams(location.search);
if (wish.has('lang')) document.documentElement.lang = wish.get('lang');
if (wish.has('dir')) document.documentElement.dir = wish.get('dir');
document.addEventListener('DOMContentLoaded', () => {
  if (wish.has('theme')) document.querySelector('kefu-desk').setAttribute('theme', wish.get('theme'));
});

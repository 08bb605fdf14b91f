// What the widget costs a page that loads it and does not open it, beside Lit and RxJS with one element, and what it costs to open it: the processor's time, when it is slow.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchBrowser, newPage } from '../test/e2e/support.ts';
import { floorScript } from './bundle.mjs';
import { median, quantile } from './median.mjs';

const slowest = 4;
const budget = 2;

/** An element that renders a button, with nothing of Kefu in it. */
const button = `customElements.define('floor-button', class extends Floor.LitElement {
  render() { return Floor.html\`<button>Chat</button>\`; }
});`;

const page = (script) =>
  `<!doctype html><title>Shop</title><kefu-chat></kefu-chat><floor-button></floor-button>${script}`;

/** Resolves when the visitor could type. Runs in the page. */
async function open() {
  const chat = document.querySelector('kefu-chat');
  chat.open();
  await chat.updateComplete;
  const chatWindow = chat.shadowRoot.querySelector('kefu-window');
  await chatWindow.updateComplete;
  chatWindow.focus();
  const composer = chatWindow.shadowRoot.querySelector('kefu-composer');
  return composer.shadowRoot.activeElement?.localName === 'textarea';
}

/**
 * Milliseconds of one load in a browser profile that has seen nothing: what ran of the script, what was compiled on the main
 * thread for it, and the first render. What is compiled while it arrives, on another thread, is not in it.
 */
async function measureLoad(browser, script, isReady, isWidget) {
  const tab = await newPage(browser, {});
  await tab.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/')
      return route.fulfill({ contentType: 'text/html', body: page('<script src="/script.js"></script>') });
    if (pathname === '/script.js') return route.fulfill({ contentType: 'text/javascript', body: script });
    return route.fulfill({ status: 404 });
  });
  const cdp = await tab.context().newCDPSession(tab);
  // The processor's time, not the clock's: others may be at work beside it.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowest });
  await tab.goto('http://shop.test/');
  const read = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const millisecondsOf = (name) => metrics.find((metric) => metric.name === name).value * 1000;
    return { script: millisecondsOf('ScriptDuration'), task: millisecondsOf('TaskDuration') };
  };
  const load = await read();
  // Only now: what is asked of the page is a script, too.
  if (!(await tab.evaluate(isReady))) throw new Error('the page has loaded without it');
  let opening;
  if (isWidget) {
    const before = await read();
    if (!(await tab.evaluate(open))) throw new Error('the chat is open, and one cannot type');
    opening = (await read()).task - before.task;
  }
  await tab.context().close();
  return { ...load, opening };
}

export async function benchLoad({ rounds, progress }) {
  const loads = {
    'Lit + RxJS and a button': {
      script: (await floorScript()) + button,
      isReady: () => document.querySelector('floor-button').shadowRoot?.querySelector('button'),
    },
    'dist/kefu.js': {
      script: readFileSync(fileURLToPath(new URL('../dist/kefu.js', import.meta.url)), 'utf8'),
      isReady: () =>
        document
          .querySelector('kefu-chat')
          .shadowRoot?.querySelector('kefu-launcher')
          ?.shadowRoot?.querySelector('button'),
      isWidget: true,
    },
  };
  const measured = Object.fromEntries(Object.keys(loads).map((name) => [name, []]));
  const browser = await launchBrowser();
  try {
    // The first load of each warms the browser up.
    for (let round = 0; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}`);
      for (const [name, { script, isReady, isWidget }] of Object.entries(loads)) {
        const load = await measureLoad(browser, script, isReady, isWidget);
        if (round > 0) measured[name].push(load);
      }
    }
    const [floor, widget] = Object.values(measured).map((all) => median(all.map((load) => load.script)));
    return {
      title: `Load: the page has the widget, nobody opens it, CPU ${slowest} × slower (Chromium ${browser.version()}, median of ${rounds})`,
      rows: Object.entries(measured).map(([name, all]) => ({
        script: name,
        'scripts, ms': `${median(all.map((load) => load.script)).toFixed(1)} (95 %: ${quantile(
          all.map((load) => load.script),
          0.95,
        ).toFixed(1)})`,
        '× floor': (median(all.map((load) => load.script)) / floor).toFixed(2),
        'main thread, ms': median(all.map((load) => load.task)).toFixed(1),
        'first opening, ms': all[0].opening === undefined ? '–' : median(all.map((load) => load.opening)).toFixed(1),
      })),
      verdicts: [
        {
          ok: widget <= budget * floor,
          text: `scripts take ${(widget / floor).toFixed(2)} × the floor, budget ${budget}`,
        },
      ],
    };
  } finally {
    await browser.close();
  }
}

// The message list alone, with up to a million messages of every kind: what one more costs, whether anything jumps, how it scrolls. Beside an empty list in the same run.
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { Gateway, launchBrowser, newPage, Shop } from '../test/e2e/support.ts';
import { median, quantile } from './median.mjs';

const slowest = 4;
const nodesMost = 2_000;

async function pageScript() {
  const bundle = await rollup({ input: fileURLToPath(new URL('list-page.mjs', import.meta.url)) });
  const { output } = await bundle.generate({ format: 'iife' });
  await bundle.close();
  return output[0].code;
}

export async function benchList({ sizes, progress }) {
  const gateway = new Gateway();
  const browser = await launchBrowser();
  const content = await pageScript();
  const rows = [];
  let floor;
  let [jump, elements, late] = [0, 0, 0];
  try {
    await gateway.start();
    for (const size of [0, ...sizes]) {
      progress(`${size.toLocaleString('en')} messages`);
      const page = await newPage(browser, { bypassCSP: true });
      await page.goto(gateway.url);
      await new Shop(page).launcher.waitFor();
      await page.addScriptTag({ content });
      const cdp = await page.context().newCDPSession(page);
      const slow = (rate) => cdp.send('Emulation.setCPUThrottlingRate', { rate });
      const heap = async () => {
        await cdp.send('HeapProfiler.collectGarbage');
        return (await cdp.send('Runtime.getHeapUsage')).usedSize / 2 ** 20;
      };
      await page.evaluate((count) => globalThis.bench.open(count), size);
      await slow(slowest);
      const appended = await page.evaluate(() => globalThis.bench.append(40));
      const one = { append: median(appended), heap: 0 };
      floor ??= one;
      const scrolled = size > 0 ? await page.evaluate(() => globalThis.bench.scroll(300)) : undefined;
      await slow(1);
      const moved = size > 0 ? await page.evaluate(() => globalThis.bench.prepend(10)) : undefined;
      one.heap = await heap();
      jump = Math.max(jump, moved ?? 0);
      elements = Math.max(elements, scrolled?.elements ?? 0);
      late = Math.max(late, one.append / floor.append);
      rows.push({
        messages: size.toLocaleString('en'),
        'append → painted, ms': `${one.append.toFixed(1)} (95 %: ${quantile(appended, 0.95).toFixed(1)})`,
        '× empty': (one.append / floor.append).toFixed(2),
        'prepend jump, px': moved?.toFixed(2) ?? '',
        'long tasks in 300 frames': scrolled ? `${scrolled.longTasks}, longest ${scrolled.longest.toFixed(0)} ms` : '',
        elements: scrolled?.elements.toLocaleString('en') ?? '',
        heap: `${one.heap.toFixed(1)} MB (${(one.heap / floor.heap).toFixed(2)} ×)`,
      });
      await page.context().close();
    }
    return {
      title: `The list, messages of every kind, CPU ${slowest} × slower but for the jump (Chromium ${browser.version()})`,
      rows,
      verdicts: [
        {
          ok: jump <= 1,
          text: `nothing on the screen moves by more than ${jump.toFixed(2)} px when 50 older messages come, budget 1`,
        },
        { ok: elements < nodesMost, text: `${elements} elements at most, budget ${nodesMost}` },
        {
          ok: late <= 3,
          text: `a message that arrives costs ${late.toFixed(2)} × what it costs in an empty list at most, budget 3`,
        },
      ],
    };
  } finally {
    await browser.close();
    await gateway.dispose();
  }
}

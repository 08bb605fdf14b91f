// The deployment (deploy/): two gateways on one PostgreSQL, started with what compose.yaml gives them, behind a real Caddy with deploy/Caddyfile; a shop and a desk in a browser, while one gateway after the other is replaced.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startNats } from '../../../scripts/ensure-nats.mjs';
import { startPostgres } from '../../../scripts/ensure-postgres.mjs';
import { freePort } from '../../../scripts/local-server.mjs';
import { Desk, Shop, becomes, launchBrowser, newPage } from '../../e2e/support.ts';
import type { Talk } from '../../e2e/support.ts';
import { until } from '../../support/until.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = 'dist/node/gateway/main.js';
const PASSWORD = 'correct horse';
/** As fast as somebody writes short lines. */
const WRITE_MS = 400;

export interface DeployOptions {
  readonly bus: 'postgres' | 'nats';
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** Something that runs in a process of its own, and what it said. */
class Runs {
  readonly child: ChildProcess;
  said = '';

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(command, args, { cwd: root, env: { PATH: process.env['PATH'], ...env } });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
    return this.child.exitCode;
  }
}

const isOk = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/** The merchant's site: pages of another origin that have the chat, and one that has the desk. */
async function openSite(gateway: string): Promise<{ url: string; server: Server }> {
  const page = (script: string, element: string): string => `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <link rel="icon" href="data:," />
  <title>A shop</title>
  <script async src="${gateway}/${script}"></script>
  ${element}
</html>`;
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(
      request.url === '/desk'
        ? page('kefu-desk.js', `<kefu-desk server="${gateway}"></kefu-desk>`)
        : page('kefu.js', `<kefu-chat server="${gateway}"></kefu-chat>`),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** Writes down whatever the page says that something is wrong. */
async function watch(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const found: string[] = [];
    const all = (within: ParentNode): Element[] =>
      [...within.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
    const look = (): void => {
      for (const element of all(document)) {
        if (element.localName === 'kefu-link-banner') {
          const shown = element.shadowRoot?.querySelector('.shown');
          if (shown) found.push(`banner: ${shown.textContent.trim()}`);
        }
        const { message } = element as Element & { message?: { state?: string } };
        if (element.localName === 'kefu-message' && /refused|expired/.test(message?.state ?? ''))
          found.push(`a message is ${message?.state ?? ''}`);
      }
    };
    setInterval(look, 100);
    Object.assign(globalThis, { seenTrouble: found });
  });
  return () => page.evaluate(() => [...new Set((globalThis as unknown as { seenTrouble: string[] }).seenTrouble)]);
}

/** A picture that no browser makes smaller. */
const picture = {
  name: 'kettle.gif',
  mimeType: 'image/gif',
  buffer: Buffer.from(
    'R0lGODlhKAAeAIAAACBAgP///yH5BAAAAAAALAAAAAAoAB4AAAIjhI+py+0Po5y02ouz3rz7D4biSJbmiabqyrbuC8fyTNf2jecKADs=',
    'base64',
  ),
};

/** Resolves with what went wrong, for people. */
export async function runDeploy({ bus, rounds, say }: DeployOptions): Promise<readonly string[]> {
  const postgres = await startPostgres();
  const nats = bus === 'nats' ? await startNats() : undefined;
  assert.ok(postgres && (bus === 'postgres' || nats), 'PostgreSQL or NATS is missing');
  const folder = mkdtempSync(join(tmpdir(), 'kefu-deploy-'));
  mkdirSync(join(folder, 'files'));
  const ports = [await freePort(), await freePort()] as const;
  const metrics = [await freePort(), await freePort()] as const;
  const proxyPort = await freePort();
  const proxy = `http://127.0.0.1:${proxyPort}`;
  const site = await openSite(proxy);
  const shared = { NODE_ENV: 'production', HOST: '127.0.0.1', DATABASE_URL: postgres.url, NATS_URL: nats?.url ?? '' };
  const running: (Runs | undefined)[] = [];
  const start = async (index: 0 | 1): Promise<void> => {
    const dataDir = join(folder, `data-${index}`);
    running[index] = new Runs(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'serve'], {
      ...shared,
      PORT: String(ports[index]),
      DATA_DIR: dataDir,
      ALLOWED_ORIGINS: site.url,
      TRUST_PROXY: '1',
      METRICS_PORT: String(metrics[index]),
      METRICS_HOST: '127.0.0.1',
    });
    await until(`gateway ${index + 1} is ready`, () => isOk(`http://127.0.0.1:${ports[index]}/readyz`));
  };
  const links = async (index: 0 | 1): Promise<number> =>
    Number(
      /^kefu_connections (\d+)/m.exec(await (await fetch(`http://127.0.0.1:${metrics[index]}/metrics`)).text())?.[1],
    );
  const config = join(folder, 'Caddyfile');
  writeFileSync(config, `{\n\tadmin off\n}\n${readFileSync(join(root, 'deploy/Caddyfile'), 'utf8')}`);
  const wrong: string[] = [];
  const talks: Talk[] = [];
  const browser = await launchBrowser();
  let front: Runs | undefined;
  try {
    for (const index of [0, 1] as const) {
      mkdirSync(join(folder, `data-${index}`));
      symlinkSync(join(folder, 'files'), join(folder, `data-${index}`, 'files'));
      await start(index);
    }
    const added = spawnSync(process.execPath, [MAIN, 'agent', 'add', 'mei', '--name', 'Mei Lin'], {
      cwd: root,
      env: { PATH: process.env['PATH'], ...shared, DATA_DIR: join(folder, 'data-0'), AGENT_PASSWORD: PASSWORD },
      encoding: 'utf8',
    });
    assert.equal(added.status, 0, added.stderr);
    front = new Runs('caddy', ['run', '--config', config, '--adapter', 'caddyfile'], {
      HOME: folder,
      SITE: `:${proxyPort}`,
      GATEWAYS: ports.map((port) => `127.0.0.1:${port}`).join(' '),
    });
    await until('the proxy is ready', () => isOk(`${proxy}/readyz`));

    const desk = new Desk(await newPage(browser, {}));
    talks.push(desk);
    await desk.page.goto(`${site.url}/desk`);
    await desk.logIn('mei', PASSWORD);
    const openShop = async (isPolling: boolean): Promise<Shop> => {
      const shop = new Shop(await newPage(browser, {}));
      talks.push(shop);
      if (isPolling) await shop.page.routeWebSocket(/./, (socket) => void socket.close({ code: 1006 }));
      await shop.page.goto(site.url);
      await shop.open();
      return shop;
    };
    const visitors: { readonly name: string; readonly shop: Shop; readonly isPolling: boolean }[] = [];
    for (const [name, isPolling] of [
      ['Vera', false],
      ['Vito', false],
      ['Paula', true],
    ] as const) {
      const shop = await openShop(isPolling);
      await shop.write(`${name} says hello`);
      await becomes(() => shop.state(`${name} says hello`), 'Sent');
      visitors.push({ name, shop, isPolling });
    }
    say(`links: ${await links(0)} and ${await links(1)}`);
    assert.ok((await links(0)) > 0 && (await links(1)) > 0, 'everybody is on one gateway');
    const [first] = visitors;
    assert.ok(first);
    await desk.pick('Vera says hello');
    await desk.write('Mei answers');
    await becomes(async () => (await first.shop.texts()).includes('Mei answers'), true);
    await first.shop.page.locator('kefu-composer input[type=file]').setInputFiles([picture]);
    await first.shop.page.locator('dialog.sheet .main:enabled').click();
    for (const { rows } of [first.shop, desk])
      await becomes(
        () =>
          rows.evaluateAll((all) =>
            all.some((row) => (row.shadowRoot?.querySelector<HTMLImageElement>('.media img')?.naturalWidth ?? 0) > 0),
          ),
        true,
      );
    say('messages both ways, and a file');

    const troubles = await Promise.all(talks.map(({ page }) => watch(page)));
    let written = 0;
    const over = new AbortController();
    const writing = (async () => {
      while (!over.signal.aborted) {
        written += 1;
        for (const { name, shop } of visitors) await shop.write(`${name} ${written}`);
        await desk.write(`Mei ${written}`);
        await new Promise((resolve) => setTimeout(resolve, WRITE_MS));
      }
    })();
    for (let round = 0; round < rounds; round += 1)
      for (const index of [0, 1] as const) {
        const code = await running[index]?.end('SIGTERM');
        if (code !== 0) wrong.push(`gateway ${index + 1} ended with ${code ?? ''}: ${running[index]?.said ?? ''}`);
        await start(index);
        say(`gateway ${index + 1} replaced, ${written} lines of each`);
        // The proxy finds it again.
        const enough = written + 5;
        await until('more was written', () => written >= enough);
      }
    over.abort();
    await writing;
    for (const { name, shop, isPolling } of visitors) {
      await becomes(() => shop.state(`${name} ${written}`).then((state) => /Sent|Delivered|Read/.test(state)), true);
      const own = (await shop.texts()).filter((text) => text.startsWith(`${name} `) && /\d$/.test(text));
      const tail = own.map((text) => Number(text.split(' ')[1]));
      const first0 = tail[0] ?? 0;
      if (tail.some((n, at) => n !== first0 + at) || tail.at(-1) !== written)
        wrong.push(`${name} ${isPolling ? '(polling) ' : ''}shows ${tail.join(' ')}`);
    }
    await becomes(async () => (await desk.texts()).at(-1), `Mei ${written}`);
    await becomes(async () => (await desk.texts()).includes(`Vera ${written}`), true);
    for (const [index, trouble] of troubles.entries())
      for (const text of await trouble())
        wrong.push(`${index === 0 ? 'the desk' : (visitors[index - 1]?.name ?? '')}: ${text}`);
  } catch (error) {
    wrong.push(String(error));
  } finally {
    // The browser says itself that there is no WebSocket, and that polls of a session came to the other gateway.
    for (const { errors } of talks) wrong.push(...errors.filter((text) => !/WebSocket|status of 403/.test(text)));
    await browser.close();
    await front?.end('SIGTERM');
    for (const one of running) await one?.end('SIGKILL');
    site.server.closeAllConnections();
    site.server.close();
    await Promise.all([postgres.stop(), nats?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
  return wrong;
}

// <kefu-message-list>: which rows exist, that none of them jumps, and what it asks for.
import { expect, html, nextFrame } from '@open-wc/testing';
import { executeServerCommand, sendKeys, setViewport } from '@web/test-runner-commands';
import type { Message, MessageList } from '../../src/sdk/app/model.ts';
import { quoting } from '../../src/protocol/drafty-writer.ts';
import type { SendRequestEvent } from '../../src/ui/request-events.ts';
import { dayText } from '../../src/ui/time.ts';
import type { KefuMessage } from '../../src/ui/kefu-message.ts';
import type { KefuMessageList } from '../../src/ui/kefu-message-list.ts';
import { inFace, inside, nextPaint, shownTextOf } from '../support/face-fixture.ts';
import { anna, listOf, newDraft, newMessage, newMessages, NOON, userOf, wang } from '../support/messages.ts';
import { until } from '../support/until.ts';

const newList = async (messages: MessageList, theme: 'light' | 'dark' = 'light') => {
  const face = await inFace<KefuMessageList>(
    html`<kefu-message-list lang="en" .messages=${messages} .user=${userOf}></kefu-message-list>`,
    theme,
  );
  const list = face.element;
  const scroller = inside(list, '[role=log]');
  const rows = () => [...list.shadowRoot!.querySelectorAll('kefu-message')];
  const rowOf = (key: string) => rows().find((row) => row.message!.key === key);
  const show = async (next: MessageList) => {
    list.messages = next;
    await list.updateComplete;
  };
  const scrollTo = async (top: number) => {
    scroller.scrollTop = top;
    await nextPaint();
    await list.updateComplete;
  };
  /** The first row whose lower edge is seen. */
  const firstSeen = () =>
    rows().find((row) => row.getBoundingClientRect().bottom > scroller.getBoundingClientRect().top + 1)!;
  /** The largest way that the row moves in any frame while `act` goes on. */
  const jumpOf = async (row: KefuMessage, act: () => Promise<void>) => {
    const before = row.getBoundingClientRect().bottom;
    let most = 0;
    let watching = true;
    const watch = () => {
      most = Math.max(most, Math.abs(row.getBoundingClientRect().bottom - before));
      if (watching) requestAnimationFrame(watch);
    };
    requestAnimationFrame(watch);
    await act();
    await nextPaint();
    await nextPaint();
    watching = false;
    expect(row.isConnected, 'the row is still there').to.equal(true);
    return Math.max(most, Math.abs(row.getBoundingClientRect().bottom - before));
  };
  const isSeenWhole = (row: Element | undefined) =>
    row !== undefined && row.getBoundingClientRect().bottom <= scroller.getBoundingClientRect().bottom + 0.5;
  const jump = () => list.shadowRoot!.querySelector<HTMLButtonElement>('.jump');
  return { ...face, list, scroller, rows, rowOf, show, scrollTo, firstSeen, jumpOf, isSeenWhole, jump };
};

const THOUSANDS = newMessages(1, 10_000);

describe('kefu-message-list', () => {
  before(async () => {
    await setViewport({ width: 800, height: 700 });
    // reading needs a focused page
    await executeServerCommand('cdp:Page.bringToFront', {});
  });

  describe('rows', () => {
    it('makes 60 rows of 10,000 messages, at the end', async () => {
      const { scroller, rows, rowOf, isSeenWhole } = await newList(listOf(THOUSANDS));
      expect(rows()).to.have.length(60);
      expect(scroller.scrollTop).to.equal(0);
      expect(isSeenWhole(rowOf('m10000'))).to.equal(true);
    });

    it('never has more than its bound of them, however far one scrolls, and always fills the view', async () => {
      const { list, scroller, rows, scrollTo, firstSeen } = await newList(listOf(THOUSANDS));
      for (let step = 0; step < 60; step += 1) {
        await scrollTo(scroller.scrollTop - 700);
        expect(rows().length).to.be.at.most(128);
        const [view, first, last] = [scroller, rows()[0]!, rows().at(-1)!].map((element) =>
          element.getBoundingClientRect(),
        );
        expect(first!.top).to.be.at.most(view!.top);
        expect(last!.bottom).to.be.at.least(view!.bottom);
      }
      const reached = firstSeen().message!.seqid!;
      expect(reached).to.be.below(9_800);
      for (let step = 0; step < 10; step += 1) await scrollTo(scroller.scrollTop + 700);
      expect(firstSeen().message!.seqid!).to.be.above(reached);
      expect(list.shadowRoot!.querySelectorAll('*').length).to.be.below(1_200);
    });

    it('never moves the scroller itself in a scroll, up or down', async () => {
      const { scroller, rows, scrollTo } = await newList(listOf(THOUSANDS));
      const steps = [...new Array<number>(50).fill(-400), ...new Array<number>(30).fill(400)];
      for (const step of steps) {
        const wanted = scroller.scrollTop + step;
        await scrollTo(wanted);
        expect(scroller.scrollTop).to.be.closeTo(wanted, 2);
        expect(rows().length).to.be.at.most(128);
      }
      expect(rows().at(-1)!.message!.seqid!).to.be.below(10_000);
    });

    it('fills the view after a leap into where rows were', async () => {
      const { scroller, rows, rowOf, scrollTo, isSeenWhole } = await newList(listOf(THOUSANDS));
      for (let step = 0; step < 40; step += 1) await scrollTo(scroller.scrollTop - 700);
      await scrollTo(0);
      await until('all the way to the end', () => isSeenWhole(rowOf('m10000')) && scroller.scrollTop === 0);
      expect(rows().at(-1)!.getBoundingClientRect().bottom).to.be.above(scroller.getBoundingClientRect().bottom - 40);
    });

    it('shows messages in order and once', async () => {
      const { rows, show, scrollTo, scroller } = await newList(listOf(THOUSANDS));
      await scrollTo(scroller.scrollTop - 3_000);
      await show(listOf([...THOUSANDS, newMessage(10_001)]));
      const seqids = rows().map((row) => row.message!.seqid!);
      expect(seqids).to.deep.equal(seqids.map((_, offset) => seqids[0]! + offset));
    });

    it('does work for a change that does not grow with the list', async () => {
      let reads = 0;
      const counted = (messages: readonly Message[]): MessageList => {
        const list = listOf(messages);
        return { ...list, at: (index) => ((reads += 1), list.at(index)) };
      };
      const { show } = await newList(counted(THOUSANDS));
      reads = 0;
      await show(counted([...THOUSANDS, newMessage(10_001)]));
      expect(reads).to.be.below(1_000);
    });

    it('starts over with another conversation', async () => {
      const { list, rows, show, scrollTo, scroller, asked } = await newList(listOf(THOUSANDS));
      await scrollTo(scroller.scrollTop - 2_000);
      await show(listOf([newMessage(1, { key: 'x1' }), newMessage(2, { key: 'x2' })]));
      expect(rows().map((row) => row.message!.key)).to.deep.equal(['x1', 'x2']);
      expect(scroller.scrollTop).to.equal(0);
      expect(shownTextOf(inside(list, '.sr[role=status]'))).to.equal('');
      await until('they are read', () => asked().includes('kefu-read'));
    });
  });

  describe('the place of the reader', () => {
    it('does not move by a pixel when older messages come, at the very top of the list', async () => {
      const { scroller, scrollTo, firstSeen, show, jumpOf, rows } = await newList(
        listOf(newMessages(101, 150), { hasOlder: true }),
      );
      await scrollTo(-scroller.scrollHeight);
      const row = firstSeen();
      for (const [first, hasOlder] of [
        [51, true],
        [1, false],
      ] as const) {
        const jumped = await jumpOf(row, async () => {
          await show(listOf(newMessages(first + 50, 150), { hasOlder: true, loadingOlder: true }));
          await nextPaint();
          await show(listOf(newMessages(first, 150), { hasOlder }));
        });
        expect(jumped).to.be.at.most(1);
      }
      for (let step = 0; step < 20 && rows()[0]!.message!.seqid! > 1; step += 1) await scrollTo(-scroller.scrollHeight);
      expect(rows()[0]!.message!.seqid).to.equal(1);
    });

    it('does not move when messages come below, one by one or by the thousand', async () => {
      const { scroller, scrollTo, firstSeen, show, jumpOf } = await newList(listOf(newMessages(1, 300)));
      await scrollTo(scroller.scrollTop - 1_500);
      const row = firstSeen();
      for (const last of [301, 302, 350, 3_000]) {
        expect(await jumpOf(row, () => show(listOf(newMessages(1, last))))).to.be.at.most(1);
      }
    });

    it('does not move when a message below grows, moves or goes, or somebody types', async () => {
      const messages = newMessages(1, 100);
      const draft = newDraft('own');
      const { list, scroller, scrollTo, firstSeen, show, jumpOf } = await newList(listOf([...messages, draft]));
      await scrollTo(scroller.scrollTop - 1_000);
      const row = firstSeen();
      const steps: readonly (() => Promise<void>)[] = [
        () => show(listOf([...messages, { ...draft, state: 'refused', reason: 'Blocked' }])),
        () => show(listOf([...messages, newMessage(101), draft])),
        () => show(listOf(messages)),
        async () => {
          list.typing = [anna];
          await list.updateComplete;
        },
      ];
      for (const step of steps) expect(await jumpOf(row, step)).to.be.at.most(1);
    });

    it('does not move when the view becomes lower by a banner or wider by a turn', async () => {
      const { list, scroller, scrollTo, firstSeen, jumpOf } = await newList(listOf(newMessages(1, 300)));
      await scrollTo(scroller.scrollTop - 1_500);
      const [row, face] = [firstSeen(), list.parentElement!];
      const distance = () => scroller.getBoundingClientRect().bottom - row.getBoundingClientRect().bottom;
      const before = distance();
      face.style.inlineSize = '500px';
      await nextPaint();
      await nextPaint();
      expect(distance()).to.be.closeTo(before, 1);
      expect(
        await jumpOf(row, async () => {
          list.style.marginBlockStart = '40px';
          await nextPaint();
        }),
      ).to.be.at.most(1);
    });
  });

  describe('the end', () => {
    it('shows a message whole in the first frame, at 10,000 messages', async () => {
      const { list, rowOf, isSeenWhole } = await newList(listOf(THOUSANDS));
      let messages: readonly Message[] = THOUSANDS;
      for (const message of [newMessage(10_001), newDraft('own'), newDraft('own2')]) {
        messages = [...messages, message];
        list.messages = listOf(messages);
        // the callback of the very next frame comes before its paint
        await new Promise(requestAnimationFrame);
        expect(isSeenWhole(rowOf(message.key)), message.key).to.equal(true);
        await nextFrame();
      }
    });

    it('is left alone while somebody reads above it: a pill counts what comes', async () => {
      const { list, scroller, scrollTo, show, jump, rowOf, isSeenWhole } = await newList(listOf(newMessages(1, 100)));
      expect(jump()).to.equal(null);
      await scrollTo(-1_000);
      expect(jump()!.getAttribute('aria-label')).to.equal('Jump to newest');
      await show(listOf([...newMessages(1, 100), newMessage(101)]));
      expect(shownTextOf(jump())).to.equal('1 new message');
      await show(listOf([...newMessages(1, 100), newMessage(101), newMessage(102)]));
      expect(shownTextOf(jump())).to.equal('2 new messages');
      jump()!.click();
      await until('the end is reached', () => scroller.scrollTop === 0);
      await nextPaint();
      await list.updateComplete;
      expect(isSeenWhole(rowOf('m102'))).to.equal(true);
      expect(jump()).to.equal(null);
    });

    it('is reached from anywhere by the pill and by the End key', async () => {
      const { list, scroller, scrollTo, jump, rowOf, rows, isSeenWhole } = await newList(listOf(THOUSANDS));
      const goFar = async () => {
        for (let step = 0; step < 80 && rowOf('m10000'); step += 1) await scrollTo(scroller.scrollTop - 900);
        await until('the end has no rows any more', () => rowOf('m10000') === undefined);
      };
      await goFar();
      jump()!.click();
      await list.updateComplete;
      expect(isSeenWhole(rowOf('m10000'))).to.equal(true);
      expect(rows().length).to.be.at.most(60);
      await goFar();
      scroller.focus();
      await sendKeys({ press: 'End' });
      await until('the newest is seen', () => isSeenWhole(rowOf('m10000')));
    });

    it('is where an own message takes the reader, from anywhere', async () => {
      const { scroller, scrollTo, show, rowOf, isSeenWhole, list } = await newList(listOf(THOUSANDS));
      for (let step = 0; step < 25; step += 1) await scrollTo(scroller.scrollTop - 900);
      await show(listOf([...THOUSANDS, newDraft('own')]));
      expect(isSeenWhole(rowOf('own'))).to.equal(true);
      // its ctrl does not take them there again
      await scrollTo(-1_200);
      await show(listOf([...THOUSANDS, newMessage(10_001, { key: 'own', own: true })]));
      await list.updateComplete;
      expect(scroller.scrollTop).to.be.below(-1_000);
    });

    it('holds when the view becomes lower, as by a keyboard', async () => {
      const { list, scroller, rowOf, isSeenWhole } = await newList(listOf(newMessages(1, 100)));
      list.parentElement!.style.blockSize = '300px';
      await nextPaint();
      expect(scroller.scrollTop).to.equal(0);
      expect(isSeenWhole(rowOf('m100'))).to.equal(true);
    });
  });

  describe('requests', () => {
    it('asks for older messages near the top: once, and again when more could be had', async () => {
      const { scroller, scrollTo, show, asked } = await newList(listOf(newMessages(51, 100), { hasOlder: true }));
      const times = () => asked().filter((type) => type === 'kefu-load-older-request').length;
      expect(times()).to.equal(0);
      await scrollTo(-scroller.scrollHeight);
      await until('it asks', () => times() === 1);
      await show(listOf(newMessages(51, 100), { hasOlder: true, loadingOlder: true }));
      await scrollTo(-scroller.scrollHeight + 1_000);
      await scrollTo(-scroller.scrollHeight);
      expect(times()).to.equal(1);
      await show(listOf(newMessages(1, 100), { hasOlder: false }));
      for (let step = 0; step < 3; step += 1) await scrollTo(-scroller.scrollHeight);
      expect(times()).to.equal(1);
    });

    it('asks at once where the messages do not fill the view', async () => {
      const { asked } = await newList(listOf(newMessages(50, 52), { hasOlder: true }));
      await until('it asks', () => asked().includes('kefu-load-older-request'));
      await nextPaint();
      expect(asked().filter((type) => type === 'kefu-load-older-request')).to.have.length(1);
    });

    it('offers a button should that come to nothing, and shows that it is loading', async () => {
      const { list, show, asked, forget } = await newList(listOf(newMessages(50, 52), { hasOlder: true }));
      await until('it asks', () => asked().length > 0);
      await show(listOf(newMessages(50, 52), { hasOlder: true, loadingOlder: true }));
      expect(shownTextOf(inside(list, '.older'))).to.equal('Loading earlier messages…');
      await show(listOf(newMessages(50, 52), { hasOlder: true }));
      forget();
      inside<HTMLButtonElement>(list, '.older button').click();
      expect(asked()).to.deep.equal(['kefu-load-older-request']);
    });

    it('reports as read what is on the screen, once', async () => {
      const { list, scroller, scrollTo, show, asked, forget } = await newList(listOf(newMessages(1, 100)));
      await until('they are read', () => asked().includes('kefu-read'));
      forget();
      await show(listOf(newMessages(1, 100), { read: 3 }));
      await show(listOf([...newMessages(1, 100), newDraft('own')]));
      expect(asked()).to.deep.equal([]);
      await show(listOf([...newMessages(1, 100), newMessage(101), newDraft('own')]));
      expect(asked()).to.deep.equal(['kefu-read']);
      await scrollTo(-1_000);
      forget();
      await show(listOf([...newMessages(1, 100), newMessage(101), newMessage(102), newDraft('own')]));
      expect(asked(), 'not what is out of sight').to.deep.equal([]);
      await scrollTo(0);
      await until('the new ones are read', () => asked().includes('kefu-read'));
      forget();
      list.hidden = true;
      await show(listOf([...newMessages(1, 103)]));
      await nextPaint();
      expect(asked(), 'not what is hidden').to.deep.equal([]);
      list.hidden = false;
      await until('what was hidden is read', () => asked().includes('kefu-read'));
      expect(scroller.scrollTop).to.equal(0);
    });
  });

  describe('the line above what is new', () => {
    const lines = (list: KefuMessageList) =>
      [...list.shadowRoot!.querySelectorAll('.unread')].map(
        (line) => line.parentElement!.querySelector('kefu-message')!.message!.key,
      );

    it('stands where the reader has not been when the conversation comes on the screen', async () => {
      const messages = newMessages(1, 100);
      const { list, show } = await newList(listOf(messages, { myRead: 93 }));
      expect(lines(list)).to.deep.equal(['m94']);
      expect(shownTextOf(inside(list, '.unread'))).to.equal('New messages');
      // it was read meanwhile, and one goes on reading
      await show(listOf([...messages, newMessage(101)], { myRead: 100 }));
      expect(lines(list)).to.deep.equal(['m94']);
      await show(listOf([...messages, newMessage(101), newDraft('own')], { myRead: 101 }));
      expect(lines(list), 'who answers has seen it').to.deep.equal([]);
      await show(listOf([...messages, newMessage(101), newMessage(102, { own: true }), newMessage(103)]));
      expect(lines(list), 'nor does what comes while one looks need it').to.deep.equal([]);
    });

    it('is not there where nothing was read yet, or everything was', async () => {
      expect(lines((await newList(listOf(newMessages(1, 10)))).list)).to.deep.equal([]);
      expect(lines((await newList(listOf(newMessages(1, 10), { myRead: 10 }))).list)).to.deep.equal([]);
    });

    it('stands above what has come while nobody looked, and moves when that was read', async () => {
      const messages = newMessages(1, 100);
      const later = (last: number) =>
        listOf([...messages, ...Array.from({ length: last - 100 }, (_, n) => newMessage(101 + n))]);
      const { list, show, asked, forget } = await newList(later(100));
      await until('they are read', () => asked().includes('kefu-read'));
      list.hidden = true;
      await show(later(101));
      await show(later(103));
      expect(lines(list)).to.deep.equal(['m101']);
      forget();
      list.hidden = false;
      await until('what came meanwhile is read', () => asked().includes('kefu-read'));
      await show(later(104));
      expect(lines(list)).to.deep.equal(['m101']);
      list.hidden = true;
      await show(later(105));
      expect(lines(list)).to.deep.equal(['m105']);
    });

    it('moves nothing that the reader looks at', async () => {
      const messages = newMessages(1, 100);
      const { list, scrollTo, firstSeen, show, jumpOf } = await newList(listOf(messages));
      await scrollTo(-1_500);
      const row = firstSeen();
      expect(await jumpOf(row, () => show(listOf([...messages, newMessage(101), newMessage(102)])))).to.be.at.most(1);
      expect(lines(list)).to.deep.equal(['m101']);
    });
  });

  describe('what it shows', () => {
    const groupsOf = (rows: readonly KefuMessage[]) =>
      rows.map(({ first, last }) => `${first ? '[' : ''}${last ? ']' : ''}`);

    it('groups by sender within five minutes', async () => {
      const at = (minutes: number) => NOON + minutes * 60_000;
      const { rows } = await newList(
        listOf([
          newMessage(1, { at: at(0) }),
          newMessage(2, { at: at(1) }),
          newMessage(3, { at: at(2), own: true }),
          newMessage(4, { at: at(3) }),
          newMessage(5, { at: at(3), from: wang.id }),
          newMessage(6, { at: at(9), from: wang.id }),
        ]),
      );
      expect(groupsOf(rows())).to.deep.equal(['[', ']', '[]', '[]', '[]', '[]']);
    });

    it('names each day once, and begins a group with it', async () => {
      const now = Date.now();
      const { list, rows } = await newList(
        listOf([
          newMessage(1, { at: new Date(2024, 1, 3, 23, 58).getTime() }),
          newMessage(2, { at: new Date(2024, 1, 3, 23, 59).getTime() }),
          newMessage(3, { at: new Date(2024, 1, 4, 0, 1).getTime() }),
          newMessage(4, { at: now }),
        ]),
      );
      const days = [...list.shadowRoot!.querySelectorAll('.day')].map(shownTextOf);
      expect(days).to.deep.equal(['February 3, 2024', 'February 4, 2024', dayText('en', now, Date.now())]);
      expect(groupsOf(rows())).to.deep.equal(['[', ']', '[]', '[]']);
    });

    it('P6: marks where messages are missing, until they are here', async () => {
      const { list, show } = await newList(listOf([newMessage(1), newMessage(5)], { missingBefore: [5] }));
      const marks = (): string[] => [...list.shadowRoot!.querySelectorAll('.missing')].map(shownTextOf);
      expect(marks()).to.deep.equal(['Loading missing messages…']);
      await show(listOf([1, 2, 3, 4, 5].map((seqid) => newMessage(seqid))));
      expect(marks()).to.deep.equal([]);
    });

    it('ticks by the receipts of the list', async () => {
      const messages = [1, 2, 3].map((seqid) => newMessage(seqid, { own: true }));
      const { rows, show } = await newList(listOf(messages, { recv: 2, read: 1 }));
      expect(rows().map((row) => row.state)).to.deep.equal(['read', 'delivered', 'sent']);
      await show(listOf(messages, { recv: 3, read: 3 }));
      expect(rows().map((row) => row.state)).to.deep.equal(['read', 'read', 'read']);
    });

    it('keeps the row when a message gets its seqid', async () => {
      const { rowOf, show } = await newList(listOf([newMessage(1), newDraft('own')]));
      const row = rowOf('own');
      await show(listOf([newMessage(1), newMessage(2, { key: 'own', own: true })]));
      expect(rowOf('own')).to.equal(row);
    });

    it('greets above the first message, and only there', async () => {
      const { list, show } = await newList(listOf([]));
      list.greeting = 'How can we help?';
      await list.updateComplete;
      expect(shownTextOf(inside(list, '.greeting'))).to.equal('How can we help?');
      await show(listOf(newMessages(51, 100), { hasOlder: true }));
      expect(list.shadowRoot!.querySelector('.greeting')).to.equal(null);
    });

    it('tells of what arrives, and of nothing else', async () => {
      const { list, scroller, scrollTo, show } = await newList(listOf(newMessages(1, 300)));
      const told: (string | number)[] = [];
      list.addEventListener('kefu-arrived', ({ detail: arrived }) => {
        told.push(arrived.length > 3 ? arrived.length : arrived.map(({ key }) => key).join());
      });
      expect(scroller.getAttribute('aria-live')).to.equal('off');
      await show(listOf([...newMessages(1, 300), newDraft('own')]));
      await scrollTo(-3_000);
      expect(told).to.deep.equal([]);
      await show(listOf([...newMessages(1, 300), newMessage(301), newDraft('own')]));
      await show(listOf([...newMessages(1, 300), newMessage(301), newMessage(302), newDraft('own')]));
      await show(listOf(newMessages(1, 350)));
      expect(told).to.deep.equal(['m301', 'm302', newMessages(303, 350).filter(({ own }) => !own).length]);
    });
  });

  it('survives a move in the page, and lets go when it is taken out', async () => {
    const { list, rows, show, scrollTo } = await newList(listOf(newMessages(1, 100)));
    const parent = list.parentElement!;
    list.remove();
    await show(listOf(newMessages(1, 101)));
    parent.append(list);
    await list.updateComplete;
    await nextPaint();
    expect(rows().at(-1)!.message!.seqid).to.equal(101);
    await scrollTo(-1_000);
    await show(listOf(newMessages(1, 102)));
    expect(list.shadowRoot!.querySelector('.jump')).not.to.equal(null);
  });

  it('can be reached and scrolled by keyboard', async () => {
    const { scroller } = await newList(listOf(newMessages(1, 300)));
    scroller.focus();
    expect(document.activeElement!.shadowRoot!.activeElement).to.equal(scroller);
    await sendKeys({ press: 'PageUp' });
    await until('it scrolls', () => scroller.scrollTop < -200);
  });

  it('is accessible, with a day, a greeting, somebody typing and a pill', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { list, scrollTo, show } = await newList(listOf(newMessages(1, 30)), theme);
      list.greeting = 'How can we help?';
      list.typing = [anna];
      await scrollTo(-600);
      await show(listOf(newMessages(1, 31)));
      expect(inside(list, '.jump')).to.exist;
      await until('the pill stands still', () => inside(list, '.jump').getAnimations().length === 0);
      await expect(list).to.be.accessible();
    }
  });

  describe('jumping to a message', () => {
    const isInMiddle = (row: Element, scroller: Element) => {
      const [inner, outer] = [row.getBoundingClientRect(), scroller.getBoundingClientRect()];
      return Math.abs(inner.top + inner.bottom - outer.top - outer.bottom) < 4;
    };

    it('brings it into the middle, near or far, and makes rows around it', async () => {
      const { list, scroller, rows, rowOf } = await newList(listOf(THOUSANDS));
      for (const seqid of [9_970, 5_000, 9_000]) {
        expect(list.jumpTo(seqid)).to.equal(true);
        await list.updateComplete;
        await nextPaint();
        expect(isInMiddle(rowOf(`m${seqid}`)!, scroller), String(seqid)).to.equal(true);
        expect(rows().length).to.be.at.most(128);
        const seen = rows().map((row) => row.message!.seqid!);
        expect(seen).to.deep.equal(seen.map((_, offset) => seen[0]! + offset));
      }
      expect(list.jumpTo(20_000)).to.equal(false);
    });

    it('stays there when messages arrive, and can be left for the newest', async () => {
      const { list, scroller, rowOf, show, jumpOf, jump, isSeenWhole } = await newList(listOf(THOUSANDS));
      list.jumpTo(5_000);
      await list.updateComplete;
      const moved = await jumpOf(rowOf('m5000')!, () => show(listOf([...THOUSANDS, newMessage(10_001)])));
      expect(moved).to.be.at.most(1);
      jump()!.click();
      await list.updateComplete;
      await until('the end is reached', () => scroller.scrollTop === 0);
      expect(isSeenWhole(rowOf('m10001'))).to.equal(true);
    });

    it('by a quote; the face is asked for what is not here, and is waited for', async () => {
      const answer = newMessage(10_001, { head: { reply: '9500' }, content: quoting('Anna', 'x', 'y') });
      const lost = newMessage(10_002, { head: { reply: '3' }, content: quoting('Anna', 'x', 'y') });
      const tail = THOUSANDS.slice(8_000);
      const { list, scroller, rowOf, show, asked } = await newList(listOf([...tail, answer, lost], { hasOlder: true }));
      const quoteOf = (key: string) => rowOf(key)!.shadowRoot!.querySelector<HTMLButtonElement>('button.quote')!;
      quoteOf('m10002').click();
      expect(asked()).to.include('kefu-jump-request');
      list.jumpTo(10_001);
      await list.updateComplete;

      quoteOf('m10001').click();
      await list.updateComplete;
      expect(asked().filter((type) => type === 'kefu-jump-request')).to.have.length(1);
      expect(isInMiddle(rowOf('m9500')!, scroller)).to.equal(true);

      list.jumpTo(10_002);
      await list.updateComplete;
      list.parentElement!.addEventListener(
        'kefu-jump-request',
        (event) => {
          event.loading = show(listOf([...THOUSANDS, answer, lost]));
        },
        { once: true },
      );
      quoteOf('m10002').click();
      await until('the quoted one is there', () => rowOf('m3') !== undefined);
      await list.updateComplete;
      await nextPaint();
      expect(rowOf('m3')!.getBoundingClientRect().top).to.be.at.least(scroller.getBoundingClientRect().top);
    });
  });

  describe('lines of what has happened', () => {
    const line = (seqid: number, act: string) =>
      newMessage(seqid, { head: { 'x-kefu-system': { act, user: wang.id } }, content: 'in English' });

    it('name who did what', async () => {
      const { rowOf } = await newList(
        listOf([
          line(1, 'joined'),
          line(2, 'transferred'),
          line(3, 'resolved'),
          newMessage(4, { head: { 'x-kefu-recalled': anna.id }, content: null }),
          newMessage(5, { head: { 'x-kefu-recalled': wang.id }, content: null }),
          newMessage(6, { own: true, head: { 'x-kefu-recalled': 'usrMe' }, content: null }),
          line(7, 'invented'),
        ]),
      );
      const texts = [1, 2, 3, 4, 5, 6].map((seqid) => shownTextOf(inside(rowOf(`m${seqid}`)!, '[part=system]')));
      expect(texts).to.deep.equal([
        '王晓梅 joined',
        'Anna Berg handed over to 王晓梅',
        '王晓梅 closed the conversation',
        'Anna Berg took back a message',
        '王晓梅 removed a message',
        'You took back a message',
      ]);
      expect(shownTextOf(inside(rowOf('m7')!, '.text'))).to.equal('in English');
    });

    it('end a group, and are no new messages', async () => {
      const { list, rowOf, show, scrollTo, scroller, jump } = await newList(listOf(THOUSANDS));
      await scrollTo(scroller.scrollTop - 2_000);
      await show(listOf([...THOUSANDS, line(10_001, 'joined')]));
      expect(shownTextOf(jump())).to.equal('');
      await show(listOf([...THOUSANDS, line(10_001, 'joined'), newMessage(10_002)]));
      expect(shownTextOf(jump())).to.equal('1 new message');
      list.jumpTo(10_002);
      await list.updateComplete;
      expect([rowOf('m10002')!.first, rowOf('m10000')!.last]).to.deep.equal([true, true]);
    });
  });

  it('a form can be answered once where it says so', async () => {
    const form = (su: boolean) => ({
      txt: 'Yes',
      fmt: [{ len: 3, key: 1 }, { len: 3 }],
      ent: [
        { tp: 'BN', data: { name: 'yes', act: 'pub' } },
        { tp: 'FM', data: { su } },
      ],
    });
    const choice = (row: KefuMessage | undefined) => row!.shadowRoot!.querySelector<HTMLButtonElement>('.choice')!;
    const messages = [newMessage(1, { content: form(true) }), newMessage(2, { content: form(false) })];
    const { rowOf, show, requests } = await newList(listOf(messages));
    choice(rowOf('m1')).click();
    const { content } = requests.find((event) => event.type === 'kefu-send-request') as SendRequestEvent;
    await show(listOf([...messages, newDraft('a', { content })]));
    expect(choice(rowOf('m1')).disabled).to.equal(true);
    expect(choice(rowOf('m2')).disabled).to.equal(false);
    expect(shownTextOf(inside(rowOf('a')!, '.text'))).to.equal('Yes');
  });
});

// Forms: buttons in a message, and the message that answers them.
import type { Span } from './drafty.ts';
import { asObject } from './json.ts';
import type { Json } from './json.ts';

/** Of the answer in a message, as Tinode's clients send it. */
const ANSWER_MIME = 'text/x-drafty-fr';

/** What pressing a button means: its name, and what is sent as its value. */
export interface Choice {
  readonly name: string | undefined;
  readonly value: Json;
}

export const choiceOf = ({ data }: Span): Choice => {
  const { name, val = 1 } = data;
  return { name: typeof name === 'string' && name !== '' ? name : undefined, value: val };
};

/** The content of the message that answers the message with this seqid. */
export const answerContent = (seqid: number, label: string, { name, value }: Choice): Json => ({
  txt: label,
  fmt: [{ at: -1, len: 0, key: 0 }],
  ent: [
    {
      tp: 'EX',
      data: { mime: ANSWER_MIME, val: { seq: seqid, resp: name === undefined ? {} : { [name]: value } } },
    },
  ],
});

/** Which message the content answers; undefined when it is no answer. */
export const answeredBy = (content: Json): number | undefined => {
  const entities = asObject(content)?.['ent'];
  if (!Array.isArray(entities)) return undefined;
  for (const entity of entities as readonly Json[]) {
    const data = asObject(asObject(entity)?.['data']);
    const seqid = data?.['mime'] === ANSWER_MIME ? asObject(data['val'])?.['seq'] : undefined;
    if (typeof seqid === 'number') return seqid;
  }
  return undefined;
};

/** True when the content has a form that can be answered once only. */
export const isSingleUse = (content: Json): boolean => {
  const entities = asObject(content)?.['ent'];
  return (
    Array.isArray(entities) &&
    (entities as readonly Json[]).some((value) => {
      const entity = asObject(value);
      return entity?.['tp'] === 'FM' && asObject(entity['data'])?.['su'] === true;
    })
  );
};

/** True for the part of an answer that is for machines. */
export const isAnswer = ({ data }: Span): boolean => data['mime'] === ANSWER_MIME;

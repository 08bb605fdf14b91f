// What may be uploaded is what it is, whatever it is called.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileTypeOf } from '../../../src/gateway/files/file-type.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const mimeOf = (head: string, declared: string): string | undefined => fileTypeOf(bytes(head), declared)?.mime;

describe('file types', () => {
  test('known ones are recognised by their first bytes', () => {
    const known: readonly (readonly [head: string, declared: string, mime: string])[] = [
      ['\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg', 'image/jpeg'],
      ['\x89PNG\r\n\x1a\n', 'image/jpeg', 'image/png'],
      ['GIF89a', '', 'image/gif'],
      ['RIFF\0\0\0\0WEBPVP8 ', 'image/webp', 'image/webp'],
      ['\0\0\0\x20ftypavif', 'image/avif', 'image/avif'],
      ['\0\0\0\x20ftypheic', 'image/heic', 'image/heic'],
      ['\0\0\0\x20ftypisom', 'video/mp4', 'video/mp4'],
      ['\0\0\0\x20ftypisom', 'audio/mp4', 'audio/mp4'],
      ['\0\0\0\x20ftypM4A ', 'audio/x-m4a', 'audio/mp4'],
      ['\0\0\0\x20ftypqt  ', 'video/quicktime', 'video/quicktime'],
      ['\x1a\x45\xdf\xa3', 'video/webm', 'video/webm'],
      ['\x1a\x45\xdf\xa3', 'audio/webm;codecs=opus', 'audio/webm'],
      ['OggS', 'audio/ogg', 'audio/ogg'],
      ['ID3\x04', 'audio/mpeg', 'audio/mpeg'],
      ['\xff\xfb\x90\x64', 'audio/mpeg', 'audio/mpeg'],
      ['RIFF\0\0\0\0WAVEfmt ', 'audio/wav', 'audio/wav'],
      ['%PDF-1.7', 'application/octet-stream', 'application/pdf'],
      ['PK\x03\x04', 'application/zip', 'application/zip'],
      [
        'PK\x03\x04',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      ],
      ['a,b\r\n1,2', 'text/csv', 'text/csv'],
      ['h\xc3\xa9', 'text/plain; charset=utf-8', 'text/plain'],
      ['cut \xe4\xbd', 'text/plain', 'text/plain'],
    ];
    for (const [head, declared, mime] of known) assert.equal(mimeOf(head, declared), mime, `${head} ${declared}`);
  });

  test('what pretends to be something else, and what is not on the list, is refused', () => {
    const refused: readonly (readonly [head: string, declared: string])[] = [
      ['<!doctype html><script>alert(1)</script>', 'image/png'],
      ['<!doctype html>', 'text/html'],
      ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
      ['<?xml version="1.0"?>', 'application/xml'],
      ['MZ\x90\0', 'application/octet-stream'],
      ['\x7fELF', 'text/plain'],
      ['#!/bin/sh\nrm', 'application/x-sh'],
      ['%PDF-1.7', 'image/png'],
      ['PK\x03\x04', 'video/mp4'],
      ['\xff\xd8\xff', 'audio/mpeg'],
      ['\0\0\0\x20ftypxxxx', 'video/mp4'],
      ['\xc3\x28', 'text/plain'],
      ['a\0b', 'text/plain'],
      ['', 'text/plain'],
      ['', 'image/png'],
    ];
    for (const [head, declared] of refused) assert.equal(mimeOf(head, declared), undefined, `${head} ${declared}`);
  });
});

// What becomes of files before they are sent.
import { expect } from '@open-wc/testing';
import { prepareFile, UnreadableError } from '../../../src/ui/more/prepare-file.ts';
import { picture, withExif } from '../../support/pictures.ts';

const textOf = async (file: Blob): Promise<string> => new TextDecoder('latin1').decode(await file.arrayBuffer());
const sizeOf = async (file: Blob): Promise<[number, number]> => {
  const image = await createImageBitmap(file);
  return [image.width, image.height];
};

describe('preparing a file', () => {
  it('makes large images smaller and leaves small ones as large as they are', async () => {
    const large = await prepareFile(await picture(1600, 800, { type: 'image/jpeg', name: 'IMG 1.JPEG' }), 400);
    expect(large.about).to.deep.equal({ name: 'IMG 1.jpg', width: 400, height: 200 });
    expect(await sizeOf(large.file)).to.deep.equal([400, 200]);
    expect(large.file.type).to.equal('image/jpeg');
    const small = await prepareFile(await picture(30, 40), 400);
    expect(small.about).to.deep.equal({ name: 'cat.png', width: 30, height: 40 });
    expect(small.file.type).to.equal('image/png', 'what stays small stays sharp');
  });

  it('takes out what a camera has written, and keeps the picture upright', async () => {
    const file = await withExif(await picture(80, 40, { type: 'image/jpeg', name: 'photo.jpg' }));
    expect(await textOf(file)).to.contain('CANARY');
    const prepared = await prepareFile(file, 400);
    expect(await textOf(prepared.file)).not.to.match(/Exif|CANARY/);
    expect(prepared.about).to.deep.include({ width: 40, height: 80 });
    expect(await sizeOf(prepared.file)).to.deep.equal([40, 80]);
  });

  it('leaves animations, sound, films and everything else as they are', async () => {
    const gif = new File([Uint8Array.from(atob('R0lGODlhAQABAAAAACwAAAAAAQABAAA='), (c) => c.charCodeAt(0))], 'a.gif', {
      type: 'image/gif',
    });
    const prepared = await prepareFile(gif, 400);
    expect(prepared.file).to.equal(gif);
    expect(prepared.about).to.deep.equal({ name: 'a.gif', width: 1, height: 1 });
    for (const [name, type] of [
      ['a.pdf', 'application/pdf'],
      ['a.mp4', 'video/mp4'],
      ['a.mp3', 'audio/mpeg'],
    ] as const) {
      const file = new File(['x'], name, { type });
      expect(await prepareFile(file, 400)).to.deep.equal({ file, about: { name } });
    }
  });

  it('says so when it is no image, or one that this browser can not read', async () => {
    for (const [name, type] of [
      ['evil.png', 'image/png'],
      ['photo.heic', 'image/heic'],
      ['photo.HEIC', ''],
    ] as const) {
      let error: unknown;
      await prepareFile(new File(['<!doctype html><script>alert(1)</script>'], name, { type }), 400).catch(
        (thrown: unknown) => (error = thrown),
      );
      expect(error, name).to.be.instanceOf(UnreadableError);
    }
  });

  it('sends the original where nobody may draw', async () => {
    const { toBlob } = HTMLCanvasElement.prototype;
    const file = await picture(800, 400);
    HTMLCanvasElement.prototype.toBlob = (callback) => callback(null);
    try {
      expect(await prepareFile(file, 400)).to.deep.equal({ file, about: { name: 'cat.png', width: 800, height: 400 } });
    } finally {
      HTMLCanvasElement.prototype.toBlob = toBlob;
    }
  });
});

// Files for tests, as cameras and people make them.

/** A picture of one colour, with a darker corner so that it has a right way up. */
export const picture = async (
  width: number,
  height: number,
  { type = 'image/png', name = 'cat.png' } = {},
): Promise<File> => {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const brush = canvas.getContext('2d')!;
  brush.fillStyle = '#3060c0';
  brush.fillRect(0, 0, width, height);
  brush.fillStyle = '#102040';
  brush.fillRect(0, 0, width / 2, height / 2);
  const blob = await new Promise<Blob>((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error(type))), type);
  });
  return new File([blob], name, { type });
};

/** The JPEG with a place and a camera written into it, and turned on its side. */
export const withExif = async (jpeg: File): Promise<File> => {
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  // One entry: orientation 6, "turn by a quarter".
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const body = [...new TextEncoder().encode('Exif\0\0'), ...tiff, ...new TextEncoder().encode('CANARY')];
  const segment = [0xff, 0xe1, (body.length + 2) >> 8, (body.length + 2) & 0xff, ...body];
  return new File([bytes.slice(0, 2), new Uint8Array(segment), bytes.slice(2)], jpeg.name, { type: jpeg.type });
};

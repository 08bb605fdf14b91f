// Versions of the wire: Tinode's protocol and Kefu's additions to it.

/** Version of Tinode's protocol that `hi.ver` announces. */
export const PROTOCOL_VERSION = '0.25';

/** Oldest `hi.ver` that is understood; anything older is answered with ctrl 505. */
export const OLDEST_PROTOCOL_VERSION = '0.20';

/** Version of Kefu's additions (`hi.kefu.v`, `ctrl.params.kefu.v`). Absent on a stock peer. */
export const KEFU_VERSION = 1;

/** True when `ver` ("major.minor") is at least {@link OLDEST_PROTOCOL_VERSION}. */
export const isSupportedVersion = (ver: string): boolean => {
  const match = /^v?(\d{1,4})\.(\d{1,4})/.exec(ver);
  if (!match) return false;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_PROTOCOL_VERSION.split('.').map(Number);
  const major = Number(match[1]);
  const minor = Number(match[2]);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
};

// Where a session is kept between page loads: the browser's storage, or memory where that is refused.

export interface KeyValueStore {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** Kept for as long as this object. */
export const memoryStore = (): KeyValueStore => {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
};

/**
 * The browser's `localStorage` or `sessionStorage`. Private windows, third-party frames and full disks make every access
 * throw; memory serves then.
 */
export const browserStore = (kind: 'local' | 'session'): KeyValueStore => {
  const memory = memoryStore();
  const guarded = <T>(act: (storage: Storage) => T): T | undefined => {
    try {
      return act(kind === 'local' ? localStorage : sessionStorage);
    } catch {
      return undefined;
    }
  };
  return {
    // Storage first: other pages write it too. Memory has what storage refused.
    get: (key) => guarded((storage) => storage.getItem(key)) ?? memory.get(key),
    set(key, value) {
      const isKept = guarded((storage) => {
        storage.setItem(key, value);
        return true;
      });
      if (isKept) memory.remove(key);
      else memory.set(key, value);
    },
    remove(key) {
      memory.remove(key);
      guarded((storage) => {
        storage.removeItem(key);
      });
    },
  };
};

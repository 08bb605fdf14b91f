// A rollup plugin: leaves out the parts of Lit that nothing here uses. They are reached at run time, so that bundlers keep them.
import MagicString from 'magic-string';

const always = {
  'reactive-element.js': [
    // hooks for polyfills, and the count of versions on the page
    ['p=a.reactiveElementPolyfillSupport,', ''],
    [',p?.({ReactiveElement:y}),(a.reactiveElementVersions??=[]).push("2.1.2")', ''],
    // decorators
    ['static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}', ''],
    [',this.constructor.l?.forEach(t=>t(this))', ''],
    [',void 0!==t.l&&(this.l=[...t.l])', ''],
    ['Symbol.metadata??=Symbol("metadata"),a.litPropertyMetadata??=new WeakMap;', ''],
    [
      'const t=this[Symbol.metadata];if(null!==t){const s=litPropertyMetadata.get(t);if(void 0!==s)for(const[t,i]of s)this.elementProperties.set(t,i)}',
      '',
    ],
    // properties with JSON in them that show as attributes
    ['case Object:case Array:t=null==t?t:JSON.stringify(t)', ''],
    ['removeController(t){this._$EO?.delete(t)}', ''],
    // properties with a default that is not reflected
    [',useDefault:!1', ''],
    ['||i.useDefault&&i.reflect&&h===this._$Ej?.get(t)&&!this.hasAttribute(r._$Eu(t,i))', ''],
    [
      'i&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,r??s??this[t]),!0!==h||void 0!==r)||(this._$AL.has(t)||(this.hasUpdated||i||(s=void 0),this._$AL.set(t,s)),!0===e&&this._$Em!==t&&(this._$Eq??=new Set).add(t))',
      'this._$AL.has(t)||(this.hasUpdated||(s=void 0),this._$AL.set(t,s)),!0===e&&this._$Em!==t&&(this._$Eq??=new Set).add(t)',
    ],
    ['{useDefault:i,reflect:e,wrapped:h},r', '{reflect:e}'],
    ['this[e]=r??this._$Ej?.get(e)??r', 'this[e]=r'],
    // own converters and comparisons
    ['converter:u,', ''],
    [',hasChanged:f}', '}'],
    ['(i.hasChanged??f)(h,s)', 'f(h,s)'],
    ['(void 0!==i.converter?.toAttribute?i.converter:u).toAttribute', 'u.toAttribute'],
    [
      ',h="function"==typeof t.converter?{fromAttribute:t.converter}:void 0!==t.converter?.fromAttribute?t.converter:u;this._$Em=e;const r=h.fromAttribute',
      ';this._$Em=e;const r=u.fromAttribute',
    ],
    // accessors that were there before, or that are not wanted
    [
      'const{get:e,set:r}=h(this.prototype,t)??{get(){return this[s]},set(t){this[s]=t}};return{get:e,set(s){const h=e?.call(this);r?.call(this,s),this.requestUpdate(t,h,i)}',
      'return{get(){return this[s]},set(e){const h=this[s];this[s]=e,this.requestUpdate(t,h,i)}',
    ],
    [
      ',!s.noAccessor){const i=Symbol(),h=this.getPropertyDescriptor(t,i,s);void 0!==h&&e(this.prototype,t,h)}',
      ',1)e(this.prototype,t,this.getPropertyDescriptor(t,Symbol(),s))',
    ],
    ['s=[...r(t),...o(t)]', 's=r(t)'],
    // accessors of decorators
    [
      'const t=this.constructor.elementProperties;if(t.size>0)for(const[s,i]of t){const{wrapped:t}=i,e=this[s];!0!==t||this._$AL.has(s)||void 0===e||this.C(s,void 0,i,e)}',
      '',
    ],
    [',this.prototype.hasOwnProperty(t)&&((s=Object.create(s)).wrapped=!0)', ''],
  ],
  'lit-element.js': [
    [',s.litElementHydrateSupport?.({LitElement:i});const o=s.litElementPolyfillSupport;o?.({LitElement:i})', ''],
    [';(s.litElementVersions??=[]).push("4.2.2")', ''],
  ],
  'lit-html.js': [
    [',B=t.litHtmlPolyfillSupport;B?.(S,k),(t.litHtmlVersions??=[]).push("3.3.3");const D=', ',D='],
    // svg`` and mathml``
    ['l=2===i?"<svg>":3===i?"<math>":""', 'l=""'],
    ['+(2===i?"</svg>":3===i?"</math>":"")', ''],
    [',2===i||3===i){const t=this.el.content.firstChild;t.replaceWith(...t.childNodes)}', ',0);'],
    // expressions inside of <textarea>, <style> and the like
    [/if\(y\.test\(r\.tagName\)\)\{.*?\}(?=\}else if\(8===)/s, ''],
    // listeners with options
    ['e=t===A&&s!==A||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive', 'e=t===A&&s!==A'],
    [
      '"function"==typeof this._$AH?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)',
      'this._$AH.call(this.options?.host??this.element,t)',
    ],
    // expressions in comments
    ['else{let t=-1;for(;-1!==(t=r.data.indexOf(o,t+1));)d.push({type:7,index:l}),t+=o.length-1}', ''],
  ],
};

const directives = {
  'lit-html.js': [
    [/function M\(t,i,s=t,e\)\{.*?\}(?=class R)/s, 'function M(t,i){return i}'],
    // expressions that stand for a whole element
    ['else t.startsWith(o)&&(d.push({type:6,index:l}),r.removeAttribute(t));', ''],
    [':6===r.type&&(i=new Z(h,this,t))', ':0'],
  ],
};

/** What our own code would need what is left out for. */
const unwanted = /\b(?:svg|mathml)`|\b(?:converter|hasChanged|noAccessor|useDefault|handleEvent)\b|\btype: Array\b/;

/** `usesDirectives`: those of `lit/directives` stay possible. */
export const unusedLit = ({ usesDirectives }) => ({
  name: 'unused-lit',
  transform(code, id) {
    if (!/\/node_modules\//.test(id)) {
      const used = unwanted.exec(code);
      if (used) this.error(`${used[0]} is left out of the bundles by scripts/unused-lit.mjs`);
      return null;
    }
    const file = /\/(?:@lit\/reactive-element|lit-element|lit-html)\/(?:development\/)?([\w-]+\.js)$/.exec(id)?.[1];
    if (!usesDirectives && file === 'directive.js')
      this.error('directives are left out of this bundle by scripts/unused-lit.mjs');
    const text = new MagicString(code);
    for (const [part, instead] of [...(always[file] ?? []), ...((!usesDirectives && directives[file]) || [])]) {
      const at = typeof part === 'string' ? code.indexOf(part) : code.search(part);
      const { length } = typeof part === 'string' ? part : (part.exec(code)?.[0] ?? '');
      // Another version of Lit: what is left out has to be looked up anew.
      if (at < 0) this.error(`scripts/unused-lit.mjs: ${file} has no ${part}`);
      text.update(at, at + length, instead);
    }
    return text.hasChanged() ? { code: text.toString(), map: text.generateMap({ hires: true }) } : null;
  },
});

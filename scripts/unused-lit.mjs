// A rollup plugin: leaves out the parts of Lit that nothing here uses. They are reached at run time, so that bundlers keep them.
import MagicString from 'magic-string';

const always = {
  'css-tag.js': [
    // polyfills
    ['t.ShadowRoot&&(void 0===t.ShadyCSS||t.ShadyCSS.nativeShadow)&&', ''],
    // checks, and what is remembered, of css``: literals.mjs makes calls of unsafeCSS of it
    [
      'constructor(t,e,o){if(this._$cssResult$=!0,o!==s)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}',
      'constructor(t){this.cssText=t}',
    ],
    [
      'const s=this.t;if(e&&void 0===t){const e=void 0!==s&&1===s.length;e&&(t=o.get(s)),void 0===t&&(',
      'if(e&&void 0===t)',
    ],
    ['.replaceSync(this.cssText),e&&o.set(s,t))}return t', '.replaceSync(this.cssText);return t'],
    [',s=Symbol(),o=new WeakMap;', ';'],
    ['"string"==typeof t?t:t+"",void 0,s', 't'],
    // styles that are sheets already
    ['t instanceof CSSStyleSheet?t:t.styleSheet', 't.styleSheet'],
    [
      'e?t=>t:t=>t instanceof CSSStyleSheet?(t=>{let e="";for(const s of t.cssRules)e+=s.cssText;return r(e)})(t):t',
      't=>t',
    ],
  ],
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
    ['this._$EO?.forEach(t=>t.hostUpdate?.()),', ''],
    ['i.unshift(t(s))', 'i.unshift(s)'],
    ['i.push(t(s))', 'i.push(s)'],
    // updates that are put off, or not made
    [
      'const t=this.scheduleUpdate();return null!=t&&await t,!this.isUpdatePending',
      'this.performUpdate();return!this.isUpdatePending',
    ],
    ['scheduleUpdate(){return this.performUpdate()}', ''],
    [
      'let t=!1;const s=this._$AL;try{t=this.shouldUpdate(s),t?(this.willUpdate(s),',
      'const s=this._$AL;try{this.willUpdate(s),',
    ],
    [
      'this.update(s)):this._$EM()}catch(s){throw t=!1,this._$EM(),s}t&&this._$AE(s)',
      'this.update(s)}catch(t){throw this._$EM(),t}this._$AE(s)',
    ],
    ['shouldUpdate(t){return!0}', ''],
    // an empty attribute needs no trust
    ['l=c?c.emptyScript:""', 'l=""'],
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
    // accessors that were there before, that are of somebody else's making, or that are not wanted
    [/static getPropertyDescriptor\(.*?(?=static getPropertyOptions)/, ''],
    [
      ',!s.noAccessor){const i=Symbol(),h=this.getPropertyDescriptor(t,i,s);void 0!==h&&e(this.prototype,t,h)}',
      ',1){const i=Symbol();e(this.prototype,t,{get(){return this[i]},set(e){const h=this[i];this[i]=e,this.requestUpdate(t,h,s)}})}',
    ],
    // properties named by symbols
    ['"string"==typeof t?t.toLowerCase():void 0', 't.toLowerCase()'],
    // values that are not those of the property
    ['requestUpdate(t,s,i,e=!1,h){', 'requestUpdate(t,s,i,h){'],
    ['!1===e&&(h=this[t])', 'h=this[t]'],
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
    ['"invalid template strings array"', ''],
    // templates that were compiled
    [
      'const{values:i,_$litType$:s}=t,e="number"==typeof s?this._$AC(t):(void 0===s.el&&(s.el=S.createElement(V(s.h,s.h[0]),this.options)),s);',
      'const{values:i}=t,e=this._$AC(t);',
    ],
    // nodes for another document
    ['(t?.creationScope??l).importNode', 'l.importNode'],
    // svg`` and mathml``
    ['l=2===i?"<svg>":3===i?"<math>":""', 'l=""'],
    ['+(2===i?"</svg>":3===i?"</math>":"")', ''],
    [',2===i||3===i){const t=this.el.content.firstChild;t.replaceWith(...t.childNodes)}', ',0);'],
    // comments, which literals.mjs takes out, and text in which < begins no tag
    [
      '"!--"===u[1]?c=_:void 0!==u[1]?c=m:void 0!==u[2]?(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),c=p)',
      'void 0!==u[2]?c=p',
    ],
    ['c=n??v,', 'c=v,'],
    ['c===_||c===m?c=v:(c=p,n=void 0)', 'c=v'],
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

/** For directives, and parts that tell them where they are and whether they are connected. */
const directives = {
  'lit-element.js': [
    ['this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),', ''],
    [
      'connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}',
      '',
    ],
    [',this._$Do=void 0', ''],
    ['this._$Do=e(', 'e('],
  ],
  'lit-html.js': [
    ['_$AI(t,i=this){t=M(this,t,i),', '_$AI(t){'],
    ['_$AI(t,i=this,s,e){', '_$AI(t,i,s){'],
    ['o&&!e&&this.j(t)', 'o&&this.j(t)'],
    ['_$AI(t,i=this){if((t=M(this,t,i,0)??A)===E)', '_$AI(t){if((t??=A)===E)'],
    ['this._$AV=[],this._$AN=void 0,', 'this._$AV=[],'],
    ['get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t)', 'u(t)'],
    ['get _$AU(){return this._$AM?._$AU??this._$Cv}constructor', 'constructor'],
    ['this.type=2,this._$AH=A,this._$AN=void 0,', 'this._$AH=A,'],
    [',this._$Cv=e?.isConnected??!0', ''],
    [/get parentNode\(\)\{let t=.*?get endNode\(\)\{return this\._\$AB\}/, ''],
    ['this._$AP?.(!1,!0,s)', ''],
    ['setConnected(t){void 0===this._$AM&&(this._$Cv=t,this._$AP?.(t))}', ''],
    ['get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor', 'constructor'],
    ['this.type=1,this._$AH=A,this._$AN=void 0,', ''],
    ['constructor(){super(...arguments),this.type=3}', ''],
    ['constructor(){super(...arguments),this.type=4}', ''],
    ['constructor(t,i,s,e,h){super(t,i,s,e,h),this.type=5}', ''],
    [/function M\(t,i,s=t,e\)\{.*?\}(?=class R)/s, 'function M(t,i){return i}'],
    // expressions that stand for a whole element
    ['else t.startsWith(o)&&(d.push({type:6,index:l}),r.removeAttribute(t));', ''],
    [':6===r.type&&(i=new Z(h,this,t))', ':0'],
  ],
};

/** What our own code would need what is left out for. */
const unwanted =
  /\b(?:svg|mathml)`|\b(?:converter|hasChanged|noAccessor|useDefault|handleEvent|hostUpdate|shouldUpdate|scheduleUpdate|creationScope)\b|\btype: Array\b|<(?:script|style|title)[ >]/;

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

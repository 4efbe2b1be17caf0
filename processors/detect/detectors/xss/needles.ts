/** What occurs in every value that the judges can find something in. */

/** Events of browsers, old ones too: a handler of any other name never runs. */
const EVENT_NAMES = `
  abort afterprint afterscriptexecute animationend animationiteration animationstart auxclick beforecopy beforecut beforeinput beforematch
  beforepaste beforeprint beforescriptexecute beforetoggle beforeunload begin blur bounce cancel canplay change click close
  contentvisibilityautostatechange contextmenu copy cuechange cut dblclick drag dragend dragover dragstart drop durationchange emptied end
  ended error finish focus focusin focusout formdata fullscreenchange gotpointercapture hashchange input invalid keydown keypress keyup
  languagechange load loadeddata loadedmetadata loadstart lostpointercapture message mousedown mouseenter mouseleave mousemove mouseout
  mouseover mouseup mousewheel offline online pageshow paste play playing pointerdown pointerenter pointermove pointerover pointerrawupdate
  pointerup popstate propertychange ratechange readystatechange repeat reset resize scroll scrollend search securitypolicyviolation seeked
  select show slotchange start storage submit suspend timeupdate toggle touchend touchmove touchstart transitionend transitionrun
  transitionstart unload volumechange waiting webkitanimationend wheel
`

export const EVENTS: readonly string[] = EVENT_NAMES.trim()
  .split(/\s+/)
  .map(name => `on${name}`)

const LOADING_TAGS = [
  'a href',
  'img',
  'iframe',
  'svg',
  'input',
  'form',
  'button',
  'body',
  'video',
  'audio',
  'textarea',
  'script',
  'object',
  'embed',
  'applet',
  'base',
  'link',
  'frame',
  'bgsound',
  'layer',
  'isindex',
  'import',
  'xml',
  'vmlframe',
  'animate',
  'set',
  'meta',
]

export const NEEDLES: readonly string[] = [
  ...LOADING_TAGS.flatMap(tag => [`<${tag}`, `< ${tag}`]),
  '-->',
  ':script',
  ':include',
  'srcdoc',
  '<?import',
  '<!entity',
  'pt:',
  'p t:',
  'pt&',
  '&#',
  '&tab',
  '&newl',
  '&colon',
  'data:text',
  'data:image/svg',
  'data:application',
  'expression(',
  'expression/',
  '-moz-binding',
  'behavior:',
  'behaviour:',
  '@import',
  'alert',
  'confirm',
  'prompt',
  'eval',
  'settimeout',
  'setinterval',
  'cookie',
  'fromcharcode',
  'constructor',
  'document.',
  'document[',
  'document)',
  'document/',
  'window.',
  'window[',
  'self[',
  'top[',
  'frames[',
  'this[',
  'parent[',
  'globalthis',
  'atob',
  'btoa',
  'function(',
  'innerhtml',
  '__proto__',
  'execscript',
  'importscripts',
  'jscript',
]

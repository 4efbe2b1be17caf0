/** What occurs in every value that the judges can find something in. */

/** Events of browsers, old ones too: a handler of any other name never runs. */
const EVENT_NAMES = `
  abort activate afterprint afterscriptexecute afterupdate animationcancel animationend animationiteration animationstart auxclick
  beforeactivate beforecopy beforecut beforedeactivate beforeeditfocus beforeinput beforematch beforepaste beforeprint
  beforescriptexecute beforetoggle beforeunload beforeupdate beforexrselect begin blur bounce broadcast cached cancel canplay
  canplaythrough cellchange change chargingchange checking click close command compassneedscalibration
  contentvisibilityautostatechange contextlost contextmenu contextrestored controlselect copy cuechange cut dataavailable
  datasetchanged datasetcomplete dblclick deactivate devicelight devicemotion deviceorientation deviceproximity
  dischargingtimechange domattrmodified domcontentloaded domnodeinserted domnoderemoved domsubtreemodified downloading drag
  dragend dragexit dragleave dragover dragstart drop durationchange emptied encrypted end ended error errorupdate filterchange
  finish focus focusin focusout formdata fullscreenchange gamepadconnected gamepaddisconnected gesturechange gestureend
  gesturestart gotpointercapture hashchange help input invalid keydown keypress keyup languagechange layoutcomplete levelchange
  load loadeddata loadedmetadata loadstart location losecapture lostpointercapture mediacomplete mediaerror message messageerror
  mousedown mouseenter mouseleave mousemove mouseout mouseover mouseup mousewheel move moveend movestart mozaudioavailable
  mozfullscreenchange mscontentzoom msgesturechange msgesturedoubletap msgestureend msgesturehold msgesturestart msgesturetap
  msgotpointercapture msinertiastart mslostpointercapture msmanipulationstatechanged mspointercancel mspointerdown mspointerenter
  mspointerhover mspointerleave mspointermove mspointerout mspointerover mspointerup mssitemodejumplistitemremoved
  msthumbnailclick noupdate obsolete offline online outofsync overflow overflowchanged pagehide pagereveal pageshow pageswap paste
  pause play playing pointercancel pointerdown pointerenter pointerleave pointerlockchange pointermove pointerout pointerover
  pointerrawupdate pointerup popstate popuphidden popuphiding popupshowing popupshown prerenderingchange progress propertychange
  ratechange readystatechange rejectionhandled repeat reset resize resizeend resizestart resume reverse rowdelete rowenter rowexit
  rowinserted rowsdelete rowsinserted scroll scrollend scrollsnapchange scrollsnapchanging search securitypolicyviolation seek
  seeked seeking select selectionchange selectstart show slotchange stalled start stop storage submit suspend syncrestored
  timeerror timeupdate toggle touchcancel touchend touchmove touchstart trackchange transitioncancel transitionend transitionrun
  transitionstart underflow unhandledrejection unload updatefound updateready urlflip userproximity visibilitychange volumechange
  vrdisplayconnect waiting waitingforkey webkitanimationcancel webkitanimationend webkitanimationiteration webkitanimationstart
  webkitbeginfullscreen webkitcurrentplaybacktargetiswirelesschanged webkitendfullscreen webkitfullscreenchange
  webkitmouseforcechanged webkitmouseforcedown webkitmouseforceup webkitmouseforcewillbegin webkitneedkey
  webkitplaybacktargetavailabilitychanged webkitpresentationmodechanged webkittransitionend webkittransitionstart
  webkitwillrevealbottom wheel zoom
`

export const EVENTS: readonly string[] = EVENT_NAMES.trim()
  .split(/\s+/)
  .map(name => `on${name}`)

/** Tags that are looked at whatever their attributes are. */
export const LOADING_TAGS: readonly string[] = [
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

/** Functions that attackers call, as code names them: called, as a member, or handed over. In a sentence they are words. */
const SINKS = ['alert', 'confirm', 'prompt', 'eval'].flatMap(name => [
  ...[
    '(',
    ')(',
    '`',
    ' (',
    '  (',
    '/*',
    '?.',
    '[',
    ';',
    '}',
    '<',
    '|',
    '\\',
    '&',
    '%',
    '.call',
    '.apply',
    '.bind',
    '.const',
    '.so',
    '.name',
  ].map(next => name + next),
  ...['[', "['", '["', '[`', '(', '=', ':', '/', '`', '{', '.', '\\'].map(before => before + name),
])

export const NEEDLES: readonly string[] = [
  ...['a href', ...LOADING_TAGS].flatMap(tag => [`<${tag}`, `< ${tag}`]),
  '-->',
  ':script',
  ':vmlframe',
  ':include',
  'srcdoc',
  '<?import',
  '<!entity',
  'ipt:',
  ' pt:',
  'p t:',
  'ipt&',
  ' pt&',
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
  ...SINKS,
  'settimeout',
  'setinterval',
  'setimmediate',
  '.cookie',
  "'cookie",
  '["cookie',
  'cookiestore',
  'fromcharcode',
  ...['(', '.', '[', "'", '"', '`', ')', ' ('].map(next => `constructor${next}`),
  '.constructor',
  'document.',
  'document[',
  'document)',
  'document/*',
  'document /',
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
  'onerror=',
  'import(',
  'import (',
  'function`',
  '<style',
  '<xss',
  '<title',
  '<xmp',
  '<noscript',
  '<plaintext',
  '<noembed',
  '<noframes',
  '<marquee',
  '</textarea',
  '</title',
  '</style',
  '</script',
  '</noscript',
  '</xmp',
  '</iframe',
  '</noembed',
  '</noframes',
  // Markup directly behind the end of an attribute.
  ...['b', 'i', 's', 'u', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr'].flatMap(tag => [`"><${tag}>`, `'><${tag}>`]),
  'datasrc',
  'dataformatas',
  '<table',
  "' in",
  '" in',
  "'  in",
  '"  in',
  'schemalocation',
  'location =',
  'outerhtml',
  'call`',
  'apply`',
  'location=',
  'location.href',
  'location.hash',
  'location.replace',
  'location.assign',
  'fetch(',
  'fetch (',
  'function (',
  'valueof=',
  'open(',
  'print(',
  'write(',
  'getscript(',
  'sendbeacon(',
  'postmessage(',
  'unescape(',
  'formaction',
  'xlink:href',
  '<!--',
  'msgbox',
  '!entity',
  '=~[]',
  '![]',
  // Tags whose brackets have an eighth bit.
  '\xbcs',
  '\xbci',
  '\xbcb',
  '\xbc/s',
  '! []',
  ' adw-',
  ' ad4-',
  '!![]',
  '! []',
]

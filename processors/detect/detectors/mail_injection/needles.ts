/** What occurs in every value that the judges can find something in. A blank stands for a line end too. */

const FIELDS = [
  'bcc',
  'cc',
  'to',
  'from',
  'sender',
  'reply-to',
  'return-path',
  'disposition-notification-to',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'subject',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'x-mailer',
  'x-priority',
  'importance',
]

/** Commands that begin a line: no word of people. */
const BEGINNINGS = [
  'quit',
  'noop',
  'stls',
  'mail from',
  'rcpt to',
  'send from',
  'saml from',
  'soml from',
  'helo ',
  'ehlo ',
  'lhlo ',
  'vrfy ',
  'expn ',
  'rset',
  'starttls',
  'etrn ',
  'retr ',
  'dele ',
  'apop ',
  'uidl',
]

/** Ways to log in by AUTH. */
const MECHANISMS = ['plain', 'login', 'cram-md5', 'digest-md5', 'ntlm', 'xoauth2', 'external', 'gssapi']

/** Words of people too: two characters end the line before them (CR LF). */
const WORDS = ['data', 'turn', 'help ', 'list ', 'top ', 'stat', 'capa', 'user ', 'auth ']

/** Commands behind a tag, which ends in a digit, or behind `uid`. */
const TAGGED = [
  'capability',
  'noop',
  'logout',
  'starttls',
  'check',
  'close',
  'expunge',
  'namespace',
  'idle',
  'authenticate ',
  'login ',
  'select ',
  'examine ',
  'create ',
  'delete ',
  'rename ',
  'subscribe ',
  'unsubscribe ',
  'list ',
  'lsub ',
  'status ',
  'append ',
  'search ',
  'fetch ',
  'store ',
  'copy ',
  'uid ',
]

/** Of parts of forms, too: only what those are not. */
const PARTS: readonly string[] = ['content-type', 'content-disposition', 'content-transfer-encoding']
const OF_MAILS = [
  'text/html',
  'multipart/',
  'message/',
  'attachment',
  'inline',
  'base64',
  'quoted-printable',
  '7bit',
  '8bit',
]

export const NEEDLES: readonly string[] = [
  ...FIELDS.flatMap(name =>
    PARTS.includes(name)
      ? OF_MAILS.flatMap(value => [
          ` ${name}:${value}`,
          ` ${name}: ${value}`,
          ` ${name} :${value}`,
          ` ${name} : ${value}`,
        ])
      : [` ${name}:`, ` ${name} :`],
  ),
  ...BEGINNINGS.map(name => ` ${name}`),
  ...MECHANISMS.map(name => ` auth ${name}`),
  ...WORDS.map(name => `  ${name}`),
  ...[...'0123456789'].map(digit => ` list ${digit}`),
  ...TAGGED.flatMap(name => [...'0123456789'].map(digit => `${digit} ${name}`)),
]

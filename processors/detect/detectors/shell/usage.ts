/** How people use the names of commands in what is no command. */
import { COMMANDS, names as list } from './commands.ts'

/** Words with which a sentence, a title or a search begins, whatever follows. */
export const SPOKEN: ReadonlySet<string> = new Set(
  list(
    `host ip mail fetch http route install service type read link size open path make test time date top last file free set history
     version users groups mount export import look screen shutdown watch wait order man node go java docker git npm npx yarn pnpm pip
     composer kubectl terraform aws gcloud curl sudo echo print source script exec command env run start task dialog cancel highlight red
     join split cut paste fold expand sum true false kill sleep patch strip factor sync`,
  ),
)

/** What manuals tell people to type, and people ask others about. */
export const DOCUMENTED: ReadonlySet<string> = new Set(
  list(
    `apt-get aptitude dnf zypper pacman apk dpkg rpm pip2 pip3 easy_install systemctl journalctl crontab iptables ip6tables nft ufw
     firewall-cmd modprobe psql redis-cli mysqldump pg_dump mongodump certbot tmux gcc g++ sendmail rclone valgrind perf nmcli chkconfig
     gpg openssl gzip gunzip base64 nmap tcpdump ssh-keygen rsync mkdir npm npx yarn pnpm pip docker git kubectl terraform make cmake mvn
     composer useradd usermod groupadd sudo nohup xargs mktemp passwd mongo ansible ansible-playbook`,
  ),
)

/** Common names that are words, or names of fields and of products. */
const WORDS: ReadonlySet<string> = new Set([
  ...SPOKEN,
  ...list(
    `hostname arch jobs alias declare finger locale ver uptime head tail more less view find tar zip sort rev comm diff column stat
     tree locate ar strings joe touch tee rename truncate lynx links drill fish rc dash ruby julia expect scala wish octave eval
     nice timeout flock trap su coproc yum bridge at batch reboot halt init gem mysql ab snap pkg as yes knife puppet chef wine
     volatility bundler vagrant hydra unset wall write return which whereis umount crash genie alpine ex pic tic tex logger login
     socket seq tset sash posh latex gimp cabal`,
  ),
])

/** Names of fields, and of products that lists of tags hold. */
const LISTED: ReadonlySet<string> = new Set(
  list(
    'id ip env who w cat dir ver php perl python lua awk sed redis nginx httpd clang dotnet vim vi nano emacs ssh ftp ping deno bun tcl jar apt bc pg ed yelp',
  ),
)

/** A name that is no word, so that a command is meant. */
export function isHardlyWord(name: string): boolean {
  const known = COMMANDS.get(name)
  return known !== undefined && (known.rare || !WORDS.has(name))
}

/** A name that stands in lists of fields or of tags. */
export function isListed(name: string): boolean {
  return LISTED.has(name) || DOCUMENTED.has(name)
}

/** What an attacker asks first, and no interface takes as the name of an action. */
export const ASKED: ReadonlySet<string> = new Set(
  list('id w who ps ls env pwd hostname df du ss ip arp cat dir ver sh date whoami'),
)

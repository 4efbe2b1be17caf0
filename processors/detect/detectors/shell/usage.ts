/** How people use the names of commands in what is no command. */
import { names as list } from './commands.ts'

/** Weak names that are hardly words. */
export const SHORT_NAMES: ReadonlySet<string> = new Set([
  'id',
  'ls',
  'ps',
  'pwd',
  'env',
  'w',
  'who',
  'df',
  'du',
  'ss',
  'ip',
  'arp',
  'cat',
  'dir',
  'ver',
  'sh',
  'set',
  'hostname',
  'date',
])
/** Words with which a sentence, a title or a search begins, whatever follows. */
export const SPOKEN: ReadonlySet<string> = new Set(
  list(
    `host ip mail fetch http route install service type read link size open path make test time date top last file free set history
     version users groups mount export import users look screen shutdown watch wait order man node go java docker git npm npx yarn pnpm pip
     composer kubectl terraform aws gcloud curl sudo echo print source script exec command env run start task dialog cancel highlight red
     join split cut paste fold expand sum true false kill sleep patch strip factor sync`,
  ),
)

/** What manuals tell people to type, and people ask others about. */
export const DOCUMENTED: ReadonlySet<string> = new Set(
  list(
    `apt-get aptitude dnf zypper pacman apk dpkg rpm pip2 pip3 easy_install systemctl journalctl crontab iptables ip6tables nft ufw firewall-cmd
     modprobe psql redis-cli mysqldump pg_dump mongodump certbot tmux gcc g++ sendmail rclone valgrind perf nmcli chkconfig gpg openssl
     gzip gunzip base64 nmap tcpdump ssh-keygen rsync mkdir npm npx yarn pnpm pip docker git kubectl terraform make cmake mvn composer useradd usermod groupadd sudo nohup xargs mktemp passwd mongo`,
  ),
)
/** Names that are no word and no field. */
export const HARDLY_WORDS: ReadonlySet<string> = new Set(
  list(
    'ls ps pwd df du cat wc nl tac grep egrep awk sed xxd od uname whoami netstat ifconfig lsof bash zsh sh perl python php ruby nc ncat telnet ssh curl wget ping nslookup dig tee xargs echo printf base64 sleep chmod rm',
  ),
)

/** Those that lists of fields hold. */
export const FIELD_NAMES: ReadonlySet<string> = new Set([
  'id',
  'ip',
  'hostname',
  'date',
  'set',
  'env',
  'who',
  'w',
  'cat',
  'dir',
  'ver',
])

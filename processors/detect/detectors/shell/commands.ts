/** Commands of Unix systems by what they are for, which decides what arguments make sense. Lower case. */

/**
 * What a command is for:
 *  - `ask`: tells who and where; needs no argument
 *  - `read`: shows or packs files; needs a path
 *  - `change`: makes, moves or removes files; needs a path
 *  - `net`: talks to a host; needs one
 *  - `shell`, `code`: runs what it is given
 *  - `run`: runs the command that follows
 *  - `wait`: takes time
 *  - `say`: prints its arguments
 *  - `text`: works on its input; needs an option, an expression or a path
 *  - `tool`: for administrators and developers; whatever looks like arguments
 */
export type Family = 'ask' | 'read' | 'change' | 'net' | 'shell' | 'code' | 'run' | 'wait' | 'say' | 'text' | 'tool'

export interface Known {
  readonly family: Family
  /** No word of any language and no usual name of a field: the name alone says that a command is meant. */
  readonly rare: boolean
}

/** Family, rare names, names that are words too. */
const TABLE: readonly (readonly [Family, string, string])[] = [
  [
    'ask',
    `whoami ifconfig netstat lsof uname lsblk lscpu lsusb lspci lsmod dmesg printenv hostnamectl vmstat iostat mpstat
     lsb_release lastlog lastlogin lastb iptables-save ip6tables-save getent logname htop atop pstree pgrep pidof sysctl blkid
     findmnt dmidecode lshw systemd-detect-virt timedatectl loginctl getcap getenforce sestatus ntpq rpcinfo showmount
     smbstatus ipcs numactl neofetch ulimit compgen getconf tty lsns lsattr nproc`,
    `id w who ps ls env set date pwd hostname arch users groups last history jobs top df du free mount ip ss route arp
     export alias declare finger locale version ver dir uptime`,
  ],
  [
    'read',
    `hexdump xxd zcat bzcat xzcat lzcat zstdcat zstdgrep zstdless unzstd zless zmore zgrep egrep fgrep rgrep bzless bzmore bzgrep gunzip bunzip2 unxz
     bsdtar unzip bzip2 gzip cpio pax readelf objdump tac nl od batcat rview vimdiff csplit base32 base64 base58 basenc
     uuencode uudecode hd iconv md5sum sha1sum sha256sum cksum b2sum readlink realpath basename dirname unrar 7z 7za 7zr
     unsquashfs genisoimage ptx diff3 colordiff enscript nroff troff soelim mawk pandoc openssl gpg`,
    `cat head tail more less view grep find tar zip sort cut paste join split fold fmt pr rev comm cmp diff column look
     file stat sum wc uniq expand unexpand shuf vi vim nano emacs ed ex pico joe tree locate ar strings aspell`,
  ],
  [
    'change',
    `rm mkdir rmdir chmod chown chgrp chattr setfacl mkfifo mknod shred rsync mkfs fdisk parted wipefs mktemp dd
      unlink killall pkill`,
    `cp mv ln touch tee install umount rename kill truncate`,
  ],
  [
    'net',
    `wget nslookup nc nc.traditional nc.openbsd ncat netcat socat telnet tftp scp sftp sshpass rlogin rsh rexec traceroute tracepath tracert nmap masscan
     hping3 fping axel aria2c lwp-download lwp-request w3m lftp ncftp smbclient rpcclient ldapsearch tcpdump tshark mtr
     arping fetchmail ssh-keyscan ssh-keygen xfreerdp proxychains torify torsocks psftp httpie wget2 nbtscan snmpwalk dnsenum
     openvpn whois mosquitto_pub ftpget ftpput tcpsvd udpsvd telnetd inetd dropbear dbclient`,
    `curl ping ping6 dig host ssh ftp lynx links elinks fetch http rcp drill`,
  ],
  ['shell', 'bash zsh ksh csh tcsh rbash mksh pdksh ksh93 yash pwsh', 'sh ash fish rc sash posh dash'],
  [
    'code',
    `perl5 python2 python3 pypy pypy3 php5 php7 php8 php-cgi gawk nawk lua5.3 luajit tclsh irb jjs jrunscript
     ipython ipython3 osascript ghci cscript wscript groovysh nodejs rscript sqlite3`,
    `perl python ruby php node lua awk sed julia deno bun tcl expect erl scala gdb wish octave`,
  ],
  [
    'run',
    `nohup setsid xargs sudo doas strace ltrace stdbuf ionice chroot unshare nsenter setarch cpulimit unbuffer rlwrap
     busybox toybox pkexec gosu su-exec runuser softlimit start-stop-daemon taskset capsh choom logsave multitime
     firejail fakeroot aa-exec systemd-run faketime`,
    `time env exec eval command builtin nice timeout watch flock trap source script su coproc chrt caffeinate . .shell .system`,
  ],
  ['wait', 'usleep', 'sleep'],
  ['say', 'printf', 'echo'],
  ['text', '', 'tr'],
  [
    'tool',
    `visudo agetty ascii-xfr ascii85 basez check_cups check_log check_memory check_raid check_ssl_cert check_statusfile clamscan
      dmsetup dos2unix efax iftop latexmk luatex msgconv msgmerge msguniq ncdu ntpdate pdftex perlbug pexec rtorrent runscript rvim
      slsh ssh-agent ssh-add ssh-copy-id sshfs systemd-resolve systemd-analyze urlget varnishncsa whiptail wireshark xdg-user-dir xdg-open xetex
      xmore chage chfn chsh newgrp vdir dircolors numfmt tsort sdiff zcmp zdiff zforce znew gzexe lzma unlzma unxz lz4 zstd mkswap swapon
      swapoff fsck mke2fs tune2fs dumpe2fs resize2fs setpriv runcon chcon prlimit renice pkill pmap pwdx slabtop fuser ldd readprofile
      dbus-send gdbus gsettings logrotate chpasswd dpkg-reconfigure update-passwd add-apt-repository apt-cache apt-key apt-mark apachectl apache2ctl a2enmod
      javac jshell jdb jstack jmap gmake cmake setterm stty tput openrc rc-service rc-update sv supervisorctl pm2 mlocate updatedb
      whatis apropos nsenter unshare dumpcap rpcgen xwd xrandr xset arpwatch ettercap nikto expr useradd adduser usermod userdel deluser groupadd addgroup chpasswd gpasswd passwd crontab systemctl
     journalctl insmod modprobe rmmod iptables ip6tables nft ufw firewall-cmd setenforce setcap debugfs losetup
     cryptsetup dpkg rpm apt-get aptitude dnf zypper pacman apk opkg pip2 pip3 easy_install cpan ansible ansible-playbook ansible-vault
     ansible-console ansible-config ansible-doc ansible-galaxy ansible-inventory ansible-pull ansible-test ansible-connection chef-shell chef-solo
     chef-client chef-run chef-vault cscli salt-call salt-ssh msfconsole msfvenom sqlmap 
     aa-disable aa-enforce aa-complain aa-status aa-teardown apparmor_parser gcc g++ c89 c99 cobc nasm mysqldump pg_dump
     mongodump rmt-dump rmt-tar restic duplicity rclone gdbserver gcore perf bpftrace valgrind ldconfig ld.so vipw vigr run-parts
     run-mailcap update-alternatives update-rc.d chkconfig initctl telinit poweroff sendmail mailx mutt xdotool xmodmap
     dosbox cupsfilter virsh kubeadm ctr nerdctl crictl lxc runc bconsole certbot check_by_ssh dstat
     facter exiftool fusermount sysadminctl launchctl dscl redis-cli psql mongo mysqladmin pidstat ifup ifdown nmcli
     brctl ethtool iwconfig tmux tmate byobu htpasswd hping loadkeys sshd slapcat tasksh rpmquery rpmdb rpmverify
     cdist cowsay cowthink espeak lualatex pdflatex xelatex msgfilter msgattrib msgcat scanmem scrot setlock
     tbl tdbtool zathura zsoelim pdb byebug pry redcarpet openvt ginsh elvish busctl dvips distcc eqn
      cpan5 csvtool gtester ispell jtag ksshell ksu minicom nsupdate lp lpr psad suricata fail2ban-client`,
    `apt yum bridge at batch mail shutdown reboot halt init service git gem screen mysql make cd ab bc dc nm test
     umask unset jq kubectl docker lp man write wall read type which whereis wait snap pkg as yes mailq knife puppet chef wine volatility bundler vagrant hydra alpine mvn npx arj cabal cancel composer crash dialog dotnet eb gcloud genie ghc gimp grc highlight latex npm pg pic pip red redis sg socket task terraform tex tic ul xz yarn yelp aws patch strip ld cc clang skill java jar nginx httpd logger login sync factor link open size tset seq`,
  ],
]

export const COMMANDS: ReadonlyMap<string, Known> = new Map<string, Known>(
  TABLE.flatMap(([family, rare, common]) => [
    ...names(common).map(name => [name, { family, rare: false }] as const),
    ...names(rare).map(name => [name, { family, rare: true }] as const),
  ]),
)

export function names(list: string): readonly string[] {
  return list
    .trim()
    .split(/\s+/)
    .filter(name => name !== '')
}

/** `python3.10`, `php8.2`, `lua5.4`, `/usr/bin/cat`: the command that is meant. */
export function commandOf(
  word: string,
): { readonly name: string; readonly known: Known; readonly absolute: boolean } | null {
  if (word.length > 64) return null
  const slash = word.lastIndexOf('/')
  if (slash < 0 && !/^[a-z0-9_.+-]/i.test(word)) return null
  const folder = slash < 0 ? '' : word.slice(0, slash + 1)
  if (folder !== '' && !/^(?:\.\/|(?:\.{0,2}\/{1,8})?(?:[\w.]{1,16}\/{1,8}){0,4}s?bin\/{1,8})$/.test(folder))
    return null
  const base = word.slice(slash + 1).toLowerCase()
  const name =
    COMMANDS.has(base) || !isDigit(base.charCodeAt(base.length - 1))
      ? base
      : base.replace(/-?\d{1,2}(?:\.\d{1,3}){0,2}$/, '')
  const known = COMMANDS.get(name)
  if (known === undefined || (name !== base && known.family !== 'code')) return null
  const absolute = folder !== ''
  return { name, known: name === base ? known : { ...known, rare: true }, absolute }
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57
}

/** Skipped at the beginning of a command. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  names('if then else elif fi do done while until { } ! [[ esac function'),
)

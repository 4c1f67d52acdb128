#!/usr/bin/env bash
# Proves that `./run test` and `./run demo` work on a bare system: makes a minimal root with
# debootstrap from this system's own package mirror, clones this checkout's last commit into it, runs
# both there, runs them again (which must install nothing), and compares the packages before and after.
# Needs root's rights and some 3 GB under /var/tmp.
#
#   tools/try-clean-root.sh [RELEASE]        default: the release of this system (a sister release of the
#                                            same mirror works too, such as trixie on bookworm)
#   COMMANDS='test demo'                     which commands of ./run to try
#   KEEP=1                                   leaves the root behind; its path is printed
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'try-clean-root: %s\n' "$*" >&2; }

if ((EUID != 0)); then
  say "chroot needs root's rights; run it with sudo"
  exit 1
fi
tools/setup.sh clean-root

# shellcheck source=/dev/null
host=$(. /etc/os-release && printf %s "$VERSION_CODENAME")
release=${1:-$host}

# This system's own sources, with its release's name replaced: "URI SUITE COMPONENT", one a line.
# shellcheck disable=SC2016  # apt's own placeholders
sources=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk -v host="$host" -v release="$release" '$2 ~ "^" host && !seen[$0]++ { sub(host, release, $2); print }')
mirror=$(awk -v release="$release" '$2 == release { print $1; exit }' <<<"$sources")
if [[ -z $mirror ]]; then
  say "apt's configuration names no mirror for '$host'; run 'apt-get update' once and try again"
  exit 1
fi

root=$(mktemp -d /var/tmp/pawfect-root.XXXXXX)
chmod 755 "$root"  # apt fetches as its own user
# Mounts come down before anything is removed, so that the host's own folders are never reached.
leave() {
  local point
  for point in proc dev/pts dev; do
    ! mountpoint -q "$root/$point" || umount "$root/$point"
  done
  if [[ -n ${KEEP:-} ]]; then
    say "kept: $root"
  else
    rm -rf --one-file-system "$root"
  fi
}
trap leave EXIT

inside() { env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LC_ALL=C.UTF-8 chroot "$root" "$@"; }
# shellcheck disable=SC2016  # dpkg-query's own placeholders
packages() { inside dpkg-query -W -f '${Package} ${Version}\n' | sort; }

say "making a bare $release"
components=$(awk '{ print $3 }' <<<"$sources" | sort -u | paste -sd,)
debootstrap --variant=minbase --components="$components" --include=ca-certificates "$release" "$root" "$mirror" >"$root.log" 2>&1 || {
  tail -n 20 "$root.log" >&2
  exit 1
}
rm -f "$root.log"
awk '{ print "deb", $0 }' <<<"$sources" >"$root/etc/apt/sources.list"
apt-config dump Acquire >"$root/etc/apt/apt.conf.d/90host"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# pip, which brings ggml's source, needs the certificates and the index of this network. A name of its own:
# the root's own list is written anew whenever a package brings certificates.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/network-certificates.crt"
index=${PIP_INDEX_URL:-$(python3 -m pip config get global.index-url 2>/dev/null || true)}
printf '[global]\ncert = /etc/network-certificates.crt\n%s\n' "${index:+index-url = $index}" >"$root/etc/pip.conf"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t devpts devpts "$root/dev/pts"
inside apt-get update -qq
inside apt-get upgrade -y -qq >/dev/null
inside apt-get clean

git clone -q --no-hardlinks . "$root/root/pawfect"
before=$(packages)
say "$(wc -l <<<"$before") packages before; the commit tried is $(git log -1 --format=%h)"
for round in first second; do
  for command in ${COMMANDS:-test demo}; do
    say "$round ./run $command"
    start=$SECONDS
    inside bash -c "cd /root/pawfect && ./run $command" </dev/null
    say "$round ./run $command: done in $((SECONDS - start)) s"
  done
  [[ $round == second ]] || installed=$(packages)
done

gone=$(comm -23 <(echo "$before") <(packages))
late=$(comm -13 <(echo "$installed") <(packages))
say "$(packages | wc -l) packages after; upgraded or removed: ${gone:-none}; installed by the second round: ${late:-none}"
[[ -z $gone && -z $late ]]

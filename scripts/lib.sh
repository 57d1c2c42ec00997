# Sourced by the launchers: all that must happen before a TypeScript program can run (POSIX sh).
# `prepare` sets $deno to a native Deno, found or fetched, and installs the locked dependencies.
# The caller sits one folder beneath $project. Messages go to standard error.

deno_version=2.9.6
case $0 in */*) launcher=$0 ;; *) launcher=./$0 ;; esac
[ ! -L "$launcher" ] || launcher=$(readlink -f -- "$launcher")
project=$(cd -P -- "${launcher%/*}/.." && pwd -P)
# What was found the last time, so that most runs start no other program before canvoy.
found_deno=$project/node_modules/.canvoy.deno
export DENO_NO_UPDATE_CHECK=1

prepare() {
  first_deno=$(command -v deno || true)
  if recall_deno; then
    install_dependencies
    return
  fi
  find_deno || fetch_deno
  install_dependencies
  note_deno
}

say() { printf 'canvoy: %s\n' "$*" >&2; }

# The status of an environment that does not serve, as canvoy's own.
fail() {
  say "$*"
  exit 3
}

find_deno() {
  deno=$first_deno
  [ -n "$deno" ] && resolve_deno && is_recent
}

# Two lines: what stands first on the PATH, and the native binary behind it.
recall_deno() {
  [ -f "$found_deno" ] || return 1
  { IFS= read -r seen && IFS= read -r deno; } <"$found_deno" || return 1
  [ "$seen" = "$first_deno" ] && [ -x "$deno" ] && [ ! "$deno" -nt "$found_deno" ] &&
    [ ! "$first_deno" -nt "$found_deno" ]
}

note_deno() {
  printf '%s\n' "$first_deno" "$deno" 2>/dev/null >"$found_deno.$$" &&
    mv -f -- "$found_deno.$$" "$found_deno" 2>/dev/null || true
}

# npm's `deno` is a shim: a signal ends it and leaves the real process behind. Any wrapper can name
# the binary that it starts.
resolve_deno() {
  deno=$(readlink -f -- "$deno")
  is_native || deno=$("$deno" eval -q 'console.log(Deno.execPath())' 2>/dev/null)
}

is_native() { [ "$(head -c 4 -- "$deno" | tail -c 3)" = ELF ]; }

is_recent() {
  version=$("$deno" -V 2>/dev/null) || return 1
  version=${version#deno }
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  { [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 9 ]; }; } 2>/dev/null
}

# The npm package `deno` without its install script, which only copies the binary: that one lies,
# ready to run, in the package of this machine's platform.
fetch_deno() {
  home=$project/.deno-npm/$deno_version
  if [ ! -d "$home" ]; then
    command -v npm >/dev/null || fail "needs Deno 2.9 or later, or npm to fetch it, on the PATH"
    say "no Deno 2.9 or later on the PATH: fetching npm's deno@$deno_version into $home"
    partial=$home.$$
    run_child npm install --ignore-scripts --no-save --no-audit --no-fund --loglevel=error \
      --prefix "$partial" "deno@$deno_version" ||
      { rm -rf -- "$partial"; fail "npm could not fetch deno@$deno_version: see above"; }
    # Another launcher may have been quicker; both fetched the same.
    mv -T -- "$partial" "$home" 2>/dev/null || rm -rf -- "$partial"
  fi
  deno=$(echo "$home"/node_modules/@deno/*/deno)
  is_recent || fail "$deno does not run here: Deno needs Linux with glibc on x86-64 or arm64"
}

# Deno runs no package's install script unless deno.json allows it, and ours allows none.
install_dependencies() {
  installed_lock=$project/node_modules/.canvoy.lock
  # Whoever checked another version out has a younger lock file.
  [ ! -f "$installed_lock" ] || [ "$project/deno.lock" -nt "$installed_lock" ] || return 0
  if cmp -s -- "$project/deno.lock" "$installed_lock"; then
    cp -- "$project/deno.lock" "$installed_lock" 2>/dev/null || true
    return
  fi
  say "installing the locked dependencies into $project/node_modules"
  cd -- "$project"
  run_child "$deno" install --frozen --quiet || fail "deno could not install them: see above"
  cd -- "$OLDPWD"
  cp -- "$project/deno.lock" "$installed_lock"
}

# Runs a command that ends with this script when a signal ends it; a shell by itself leaves it behind.
run_child() {
  "$@" </dev/null >&2 &
  child=$!
  trap 'stop_child 129' HUP
  trap 'stop_child 130' INT
  trap 'stop_child 143' TERM
  child_status=0
  wait "$child" || child_status=$?
  trap - HUP INT TERM
  return "$child_status"
}

stop_child() {
  kill -- "$child" 2>/dev/null || true
  wait "$child" || true
  [ -z "${partial-}" ] || rm -rf -- "$partial"
  exit "$1"
}

# Shared by the launchers: finds Deno, or fetches it as the npm package `deno`; no root, no compiler.
project=$(git -C "$(dirname -- "$0")" rev-parse --show-toplevel 2>/dev/null || (CDPATH= cd -- "$(dirname -- "$0")/.." && pwd))
deno_version=2.9.6

say() { printf 'canvoy: %s\n' "$*" >&2; }

# A Deno of 2.9 or later. npm's shim is no ELF file: it outlives a signal to its process, so that the
# real program would go on as an orphan.
is_usable_deno() {
  [ -x "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ] &&
    "$1" eval -q 'const [a, b] = Deno.version.deno.split(".").map(Number); Deno.exit(a > 2 || a === 2 && b >= 9 ? 0 : 1)' 2>/dev/null
}

find_deno() {
  candidate=$(command -v deno || true)
  if [ -n "$candidate" ]; then
    candidate=$(readlink -f "$candidate")
    if is_usable_deno "$candidate"; then echo "$candidate"; return; fi
  fi
  fetched=$(find "$project/.deno-npm" -path '*/@deno/*/deno' -type f 2>/dev/null | head -n 1)
  if [ -z "$fetched" ]; then
    command -v npm >/dev/null || { say "needs Deno $deno_version or npm on the PATH"; exit 3; }
    say "fetching Deno $deno_version from the npm registry into .deno-npm"
    npm install --silent --no-save --no-audit --no-fund --ignore-scripts \
      --prefix "$project/.deno-npm" "deno@$deno_version" >&2
    fetched=$(find "$project/.deno-npm" -path '*/@deno/*/deno' -type f | head -n 1)
  fi
  chmod +x "$fetched"
  is_usable_deno "$fetched" || { say "the fetched Deno does not run here"; exit 3; }
  echo "$fetched"
}

# Installs what deno.lock names; no package's install script is run.
install_dependencies() {
  stamp="$project/node_modules/.canvoy-stamp"
  lock_sum=$(cksum <"$project/deno.lock")
  [ "$(cat "$stamp" 2>/dev/null)" = "$lock_sum" ] && return
  say "installing the locked dependencies"
  (cd "$project" && "$deno" install --frozen --quiet >&2)
  printf '%s\n' "$lock_sum" >"$stamp"
}

deno=$(find_deno)
install_dependencies

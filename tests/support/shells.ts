import { runProgram } from "./programs.ts";

/** What shells that have read canvoy's completions offer at the end of a line, in a folder. */
export const OFFERED: Readonly<
  Record<"bash" | "zsh" | "fish", (folder: string, line: string) => readonly string[]>
> = {
  bash: (folder, line) => {
    // As bash breaks a line: "=" is a word.
    const words = line.split(/ |(=)/).filter((word) => word !== undefined).map((word) =>
      `'${word}'`
    );
    const script = `cd ${folder}; source ./canvoy.bash; COMP_WORDS=(${words.join(" ")}); ` +
      `COMP_CWORD=${words.length - 1}; _canvoy; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return wordsOf(runProgram("bash", ["-c", script]));
  },
  zsh: (folder, line) => {
    Deno.writeTextFileSync(`${folder}/inner.zsh`, ZSH_INNER);
    return wordsOf(runProgram("zsh", ["-f", "-c", ZSH_OUTER, "zsh", folder, line]));
  },
  fish: (folder, line) => {
    const script = `cd ${folder}; source canvoy.fish; complete -C '${line}'`;
    const offered = runProgram("fish", ["--no-config", "-c", script]);
    // Of a value behind "=" fish offers the whole word.
    return wordsOf(offered.replace(/\t.*$/gm, "").replace(/^--\S+=/gm, ""));
  },
};

function wordsOf(text: string): readonly string[] {
  return text.split("\n").filter((word) => word !== "").toSorted();
}

/** Types the line and a tab to a zsh on a terminal of its own. */
const ZSH_OUTER = `
cd $1
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'source ./inner.zsh'
zpty -r inner said '*READY*' && zpty -w -n inner "$2"$'\\t' && zpty -r inner said '*TOLD*' || exit
sort -u .offered
`;

/** Writes down what is added to the completions; what looks for matches only is left alone. */
const ZSH_INNER = `
PROMPT=
autoload -Uz compinit && compinit -u -d ./.zcompdump
source ./canvoy.zsh
: > .offered
compadd() {
  case " $* " in *" -O "*|*" -A "*|*" -D "*) builtin compadd "$@"; return ;; esac
  local -a offered
  builtin compadd -A offered "$@"
  print -rl -- $offered >> .offered
  builtin compadd "$@"
}
ask() { zle complete-word; print TOLD }
zle -N ask
zle-line-init() { print READY }
zle -N zle-line-init
bindkey '^I' ask
`;

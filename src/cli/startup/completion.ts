/** The shells that completion supports. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;

export type Shell = (typeof shells)[number];

/**
 * Returns the lines for the shell's start-up file. All logic is in the hidden `micro __complete`. Bash and PowerShell
 * insert candidates unchanged, and a candidate may be a name from the registry: this is safe only because `__complete`
 * prints nothing but plain words.
 */
export function completionStub(shell: Shell): string {
  return stubs[shell];
}

const stubs: Readonly<Record<Shell, string>> = {
  // bash splits words at : and =, and replaces only what follows the last of them
  bash: `_micro() {
  local candidate word last=-1 rest=$COMP_LINE
  local -a words
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if [[ $last -lt 0 || $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      words[++last]=$word
    else
      words[last]+=$word
    fi
    rest=\${rest#"$word"}
  done
  word=\${words[last]}
  word=\${word%"\${word##*[:=]}"}
  COMPREPLY=()
  while IFS= read -r candidate; do
    printf -v candidate %q "\${candidate#"$word"}"
    COMPREPLY+=("$candidate")
  done < <(micro __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _micro micro`,
  zsh: `#compdef micro
_micro() {
  local -a candidates
  candidates=("\${(@f)$(micro __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- $candidates
}
compdef _micro micro`,
  fish: `complete -c micro -f -a '(micro __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName micro -ScriptBlock {
  param($word, $ast, $cursor)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '' }
  micro __complete '--' @words 2>$null | Where-Object { $_ -match '^[\\p{L}\\p{M}\\p{N}_.:/+=-]+$' } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}`,
};

import { each, type Program, takes } from "./program.ts";

/** Programs that run code: shells by their own grammar, the others as far as their options tell. */
export const interpreters: Record<string, Program> = {
  ...each("sh bash dash zsh ksh mksh ash rbash rzsh", { special: "shell" }),
  ...each("fish csh tcsh nu xonsh elvish pwsh powershell rc es yash", {
    options: takes("-c=code -C=code --command=code -Command=code -File=script"),
    operands: ["script", "text"],
    special: "language",
  }),
  ...each(
    "python perl ruby node nodejs deno php lua luajit tclsh wish guile racket Rscript R julia groovy scala ghci irb jshell java osascript octave gjs qjs ocaml swipl clisp sbcl erl elixir iex dc bc m4 gnuplot",
    {
      options: takes(
        "-c=code -e=code -E=code -r=code -p=code -n -l --eval=code --execute=code -m=code -W -I -M=code -jar=script -cp -x=code -i -B=code -R=code",
      ),
      operands: ["script", "text"],
      special: "language",
    },
  ),
};
/** Languages in which an option means something else than in most. */
export const languageOptions: Record<string, Program["options"]> = {
  python: takes("-c=code -m=code -W -X"),
  perl: takes("-e=code -E=code -I -M=code -m=code"),
  ruby: takes("-e=code -r=code -I -C=directory"),
  php: takes("-r=code -B=code -R=code -E=code -f=script -d -c=read -S -t"),
  node: takes("-e=code --eval=code -p=code --print=code -r=script --require=script --import=script"),
  java: takes("-cp -classpath -jar=script"),
  m4: takes("-D -I"),
  bc: takes("-e=code"),
  dc: takes("-e=code -f=script"),
};

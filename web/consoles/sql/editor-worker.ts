/* Monaco's own worker, under an address of ours: the content security policy allows no other. */
import "monaco-editor/editor/editor.worker";

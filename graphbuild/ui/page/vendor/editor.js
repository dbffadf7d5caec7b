// What the page takes of CodeMirror, as one object. Bundled into codemirror.js: README.md beside this file says how.

export {EditorState} from "@codemirror/state";
export {
    EditorView, keymap, lineNumbers, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars,
    drawSelection, hoverTooltip,
} from "@codemirror/view";
export {defaultKeymap, history, historyKeymap, indentMore, indentLess} from "@codemirror/commands";
export {
    bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
export {highlightSelectionMatches, search, searchKeymap} from "@codemirror/search";
export {
    acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, insertCompletionText,
    pickedCompletion, startCompletion,
} from "@codemirror/autocomplete";
export {lintGutter, lintKeymap, setDiagnostics} from "@codemirror/lint";
export {yaml} from "@codemirror/lang-yaml";
export {tags} from "@lezer/highlight";

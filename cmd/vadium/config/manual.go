package config

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"sync"
)

// The comments of the settings are read from their source, so what --help, docs/configuration.md and the source say is
// one text.
//
//go:embed market.go prover.go worker.go reporter.go service.go
var sources embed.FS

// manualOf returns a field's comment as one paragraph, with "The address" for "Listen is the address".
func manualOf(structName, field string) string {
	text := manuals()[structName+"."+field]
	if rest, ok := strings.CutPrefix(text, field+" is "); ok {
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return text
}

var manuals = sync.OnceValue(func() map[string]string {
	comments := map[string]string{}
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		source, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						comments[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("invariant: our own source parses: %v", err))
	}
	return comments
})

// firstSentence ends at a full stop that something new follows.
func firstSentence(text string) string {
	if first, _, more := strings.Cut(text, ". "); more {
		return first
	}
	return strings.TrimSuffix(text, ".")
}

// Table writes the keys as a table for people.
func (s *Schema[T]) Table() string {
	var b strings.Builder
	b.WriteString("| key | flag | environment | kind | default | what it does |\n|---|---|---|---|---|---|\n")
	for _, k := range s.Keys {
		def := "`" + k.Default + "`"
		if k.Default == "" {
			def = "none"
		}
		manual := strings.ReplaceAll(k.Manual, "|", `\|`)
		if k.Live {
			manual += " *Read again on SIGHUP.*"
		}
		fmt.Fprintf(&b, "| `%s` | `--%s` | `%s` | %s | %s | %s |\n", k.Name, k.Flag, k.Env, k.Kind, def, manual)
	}
	return b.String()
}

// Manual is docs/configuration.md.
func Manual() string {
	var b strings.Builder
	b.WriteString(`# Configuration

Made from the comments in ` + "`cmd/vadium/config`" + ` by ` + "`go test ./cmd/vadium/config -update`" + `; change them there.

A flag overrides the environment, which overrides the file that ` + "`--config`" + ` (or ` + "`VADIUM_CONFIG`" + `) names, which overrides the
default. The file is YAML; a dot in a key is a section. A key that does not exist is an error. Durations need a unit (` + "`20s`" + `,
` + "`5m`" + `), sizes may have one (` + "`64KiB`" + `, ` + "`8GiB`" + `), lists are separated by commas outside the file. Secrets are never values,
only names of files with mode 0600.

` + "```yaml" + `
listen: 127.0.0.1:8420
operations:
  listen: 127.0.0.1:9420
log: {level: info, format: json}
` + "```" + `

` + "`vadium config check market --config FILE`" + ` says whether a market would start with it, ` + "`vadium config show market …`" + ` prints every
effective value and where it comes from; the same for ` + "`prover`" + `, ` + "`worker`" + ` and ` + "`reporter`" + `.
`)
	fmt.Fprintf(&b, "\n## Market\n\n`vadium market serve DIR`\n\n%s", Of(DefaultMarket()).Table())
	fmt.Fprintf(&b, "\n## Prover\n\n`vadium prover run`\n\n%s", Of(DefaultProver()).Table())
	fmt.Fprintf(&b, "\n## Worker\n\n`vadium worker run`\n\n%s", Of(DefaultWorker()).Table())
	fmt.Fprintf(&b, "\n## Reporter\n\n`vadium oracle run`\n\n%s", Of(DefaultReporter()).Table())
	return b.String()
}

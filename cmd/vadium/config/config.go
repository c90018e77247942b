// Package config is how a service of Vadium is configured: one Go struct each, whose comments are the manual.
//
// A key is a field's place in the struct: `operations.listen` in the file, --operations-listen on the command line,
// VADIUM_OPERATIONS_LISTEN in the environment. A flag overrides the environment, which overrides the file, which
// overrides the default. The file is YAML; a key in it that no field has is an error, because a misspelt limit is a
// limit that does not hold.
//
//	schema := config.Of(config.DefaultMarket())
//	schema.AddFlags(cmd.Flags())                    // one flag for each key, described by the field's comment
//	loaded, err := schema.Load(config.Sources{File: file, Environ: os.Environ(), Flags: cmd.Flags()})
//	loaded.Value.Listen
//	changed, held, err := loaded.Reload()           // on SIGHUP: reads file and environment again
//
// Secrets are never values here, only the names of files that hold them ([SecretFile]). docs/configuration.md is made
// from the same comments, and a test holds it to them.
package config

import (
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// maxFile bounds a configuration file, in bytes: a hundred times what the longest manual would fill.
const maxFile = 1 << 20

// Checked is a configuration that knows which values do not go together. Check's error names the key and ends with what
// to do.
type Checked interface{ Check() error }

// Schema is the configuration of one service: its keys, in the order of the struct.
type Schema[T Checked] struct {
	defaults T
	Keys     []Key
}

// Key is one thing that can be configured.
type Key struct {
	// Name is the key in the file, such as operations.listen; Flag and Env are the same elsewhere.
	Name, Flag, Env string
	// Kind says what values look like: text, number, duration, size, switch, list, file.
	Kind string
	// Default is the default as it would be written.
	Default string
	// Manual is the field's comment: meaning, unit, and what happens at the edges.
	Manual string
	// Live says that a change takes effect on SIGHUP; other keys count when the service starts.
	Live bool

	index []int
}

// Of returns the schema of a configuration. Its fields carry their key as a tag `key:"…"` (and `live:"true"`, and
// `flag:"…"` where a flag was there before the key); a nested struct's key is the section. It panics when a field has no
// comment: nobody may add a setting without saying what it does.
func Of[T Checked](defaults T) *Schema[T] {
	s := &Schema[T]{defaults: defaults}
	s.collect(reflect.TypeOf(defaults), nil, "")
	return s
}

func (s *Schema[T]) collect(t reflect.Type, index []int, section string) {
	for f := range t.Fields() {
		name, at := f.Tag.Get("key"), append(slices.Clone(index), f.Index...)
		if name == "" {
			panic(fmt.Sprintf("invariant: every field has a key, and %v.%s has none", t, f.Name))
		}
		name = section + name
		if f.Type.Kind() == reflect.Struct && kindOf(f.Type) == "" {
			s.collect(f.Type, at, name+".")
			continue
		}
		manual := manualOf(t.Name(), f.Name)
		if manual == "" || kindOf(f.Type) == "" {
			panic(fmt.Sprintf("invariant: every key is documented and of a known kind; see %v.%s", t, f.Name))
		}
		flag := strings.ReplaceAll(name, ".", "-")
		key := Key{
			Name: name, Flag: flag, Env: Prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_")),
			Kind: kindOf(f.Type), Manual: manual, Live: f.Tag.Get("live") == "true", index: at,
		}
		if older := f.Tag.Get("flag"); older != "" {
			key.Flag = older
		}
		key.Default = Write(reflect.ValueOf(s.defaults).FieldByIndex(at))
		s.Keys = append(s.Keys, key)
	}
}

// Prefix begins the name of every environment variable of ours.
const Prefix = "VADIUM_"

// AddFlags adds a flag for each key, and --config for the file. What is given on the command line is checked by Load,
// with the same words as what stands in a file.
func (s *Schema[T]) AddFlags(flags *pflag.FlagSet) {
	flags.String("config", "", "YAML file with these settings ("+Prefix+"CONFIG; see docs/configuration.md)")
	for _, k := range s.Keys {
		value := &given{kind: k.Kind, text: k.Default}
		flag := flags.VarPF(value, k.Flag, "", usage(k))
		if k.Kind == kindBool {
			flag.NoOptDefVal = "true"
		}
	}
}

func usage(k Key) string { return firstSentence(k.Manual) }

// given is a flag's value as it was typed.
type given struct{ kind, text string }

func (g *given) String() string { return g.text }
func (g *given) Type() string   { return g.kind }
func (g *given) Set(text string) error {
	g.text = text
	return nil
}

// Sources is where settings come from besides the defaults.
type Sources struct {
	// File is a YAML file; empty means what --config or VADIUM_CONFIG say, and if they say nothing there is none.
	File string
	// Environ is the environment as os.Environ returns it.
	Environ []string
	// Flags are parsed and come from AddFlags; may be nil.
	Flags *pflag.FlagSet
}

func (src Sources) file() string {
	if src.File != "" {
		return src.File
	}
	if src.Flags != nil {
		if f := src.Flags.Lookup("config"); f != nil && f.Changed {
			return f.Value.String()
		}
	}
	for _, pair := range src.Environ {
		if name, value, _ := strings.Cut(pair, "="); name == Prefix+"CONFIG" {
			return value
		}
	}
	return ""
}

// Loaded is a configuration with where each value came from.
type Loaded[T Checked] struct {
	Value T
	// From says for each key what decided it: "default", the file's name, "VADIUM_…", or "--…".
	From map[string]string
	// File is the file that was read, or empty.
	File string

	schema  *Schema[T]
	sources Sources
}

// layer is what one source says.
type layer struct {
	values *koanf.Koanf
	from   func(Key) string
}

// Load reads the sources over the defaults and checks the result. Every error says which key, which source, and what to
// do.
func (s *Schema[T]) Load(src Sources) (*Loaded[T], error) {
	loaded := &Loaded[T]{Value: s.defaults, From: map[string]string{}, File: src.file(), schema: s, sources: src}
	layers, err := s.layers(src, loaded.File)
	if err != nil {
		return nil, err
	}
	value := reflect.ValueOf(&loaded.Value).Elem()
	var wrong []error
	for _, k := range s.Keys {
		loaded.From[k.Name] = "default"
		for _, l := range layers {
			if !l.values.Exists(k.Name) {
				continue
			}
			if err := read(l.values.Get(k.Name), value.FieldByIndex(k.index)); err != nil {
				wrong = append(wrong, fmt.Errorf("%s (from %s): %w", k.Name, l.from(k), err))
			}
			loaded.From[k.Name] = l.from(k)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	if err := loaded.Value.Check(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return loaded, nil
}

// layers returns the sources from the weakest to the strongest.
func (s *Schema[T]) layers(src Sources, path string) ([]layer, error) {
	var layers []layer
	if path != "" {
		k, err := s.readFile(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer{k, func(Key) string { return path }})
	}
	environment := koanf.New(".")
	if err := s.checkEnviron(src.Environ); err != nil {
		return nil, err
	}
	if err := environment.Load(env.Provider(".", env.Opt{
		Prefix: Prefix, EnvironFunc: func() []string { return src.Environ },
		TransformFunc: func(name, value string) (string, any) {
			if i := slices.IndexFunc(s.Keys, func(k Key) bool { return k.Env == name }); i >= 0 {
				return s.Keys[i].Name, value
			}
			return "", nil
		},
	}), nil); err != nil {
		return nil, fmt.Errorf("read the environment: %w", err)
	}
	layers = append(layers, layer{environment, func(k Key) string { return k.Env }})
	if src.Flags != nil {
		typed := koanf.New(".")
		if err := typed.Load(posflag.ProviderWithFlag(src.Flags, ".", nil, func(f *pflag.Flag) (string, any) {
			if i := slices.IndexFunc(s.Keys, func(k Key) bool { return k.Flag == f.Name }); i >= 0 {
				return s.Keys[i].Name, f.Value.String()
			}
			return "", nil
		}), nil); err != nil {
			return nil, fmt.Errorf("read the flags: %w", err)
		}
		layers = append(layers, layer{typed, func(k Key) string { return "--" + k.Flag }})
	}
	return layers, nil
}

func (s *Schema[T]) readFile(path string) (*koanf.Koanf, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w (name it with --config or %sCONFIG)", err, Prefix)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("configuration file %s has %d bytes, the limit is %d (is it the right file?)", path, info.Size(), maxFile)
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), literal{yaml.Parser(), s.amounts()}); err != nil {
		return nil, fmt.Errorf("configuration file %s: %w (it is YAML; vadium config show prints the form)", path, err)
	}
	var wrong []error
	for _, name := range k.Keys() {
		if slices.ContainsFunc(s.Keys, func(key Key) bool { return key.Name == name }) {
			continue
		}
		if section, ok := k.Get(name).(map[string]any); ok && len(section) == 0 && s.section(name) {
			continue
		}
		names := make([]string, len(s.Keys))
		for i, key := range s.Keys {
			names[i] = key.Name
		}
		wrong = append(wrong, fmt.Errorf("configuration file %s: unknown key %q (did you mean %q?)", path, name, nearest(name, names)))
	}
	return k, errors.Join(wrong...)
}

// amounts lists the keys that hold amounts.
func (s *Schema[T]) amounts() (names []string) {
	for _, k := range s.Keys {
		if k.Kind == kindTokens {
			names = append(names, k.Name)
		}
	}
	return names
}

func (s *Schema[T]) section(name string) bool {
	return slices.ContainsFunc(s.Keys, func(k Key) bool { return strings.HasPrefix(k.Name, name+".") })
}

// checkEnviron refuses a variable that is almost one of ours. Others that begin with VADIUM_ belong to other commands
// and to tests, and one environment may serve several.
func (s *Schema[T]) checkEnviron(environ []string) error {
	names := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		names[i] = k.Env
	}
	var wrong []error
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix) || slices.Contains(names, name) || slices.Contains(othersEnv, name) {
			continue
		}
		if meant := nearest(name, names); distance(name, meant) <= 2 {
			wrong = append(wrong, fmt.Errorf("unknown environment variable %s (did you mean %s?)", name, meant))
		}
	}
	return errors.Join(wrong...)
}

// othersEnv are variables of the commands that have no file of their own.
var othersEnv = []string{"VADIUM_HOME", "VADIUM_MARKET", "VADIUM_ACCOUNT", "VADIUM_PASSWORD_FILE", "VADIUM_CA", "VADIUM_SESSION", "VADIUM_CONFIG"}

// Reload reads the sources again. Values of live keys are taken over and their names returned as changed; other keys that
// differ now are returned as held, with the value they had: they count from the next start. On an error nothing changes.
func (l *Loaded[T]) Reload() (changed, held []string, err error) {
	next, err := l.schema.Load(l.sources)
	if err != nil {
		return nil, nil, err
	}
	mixed := l.Value
	to, from := reflect.ValueOf(&mixed).Elem(), reflect.ValueOf(next.Value)
	for _, k := range l.schema.Keys {
		a, b := to.FieldByIndex(k.index), from.FieldByIndex(k.index)
		if reflect.DeepEqual(a.Interface(), b.Interface()) {
			continue
		}
		if !k.Live {
			held = append(held, k.Name)
			continue
		}
		a.Set(b)
		changed = append(changed, k.Name)
	}
	if err := mixed.Check(); err != nil {
		return nil, held, fmt.Errorf("what changes at once does not go with what waits for a restart: %w", err)
	}
	l.Value = mixed
	for _, name := range changed {
		l.From[name] = next.From[name]
	}
	return changed, held, nil
}

// Setting is one effective value, to be shown.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// Settings lists the effective values with their sources, in the order of the struct.
func (l *Loaded[T]) Settings() []Setting {
	settings := make([]Setting, len(l.schema.Keys))
	for i, k := range l.schema.Keys {
		settings[i] = Setting{k.Name, Write(reflect.ValueOf(l.Value).FieldByIndex(k.index)), l.From[k.Name]}
	}
	return settings
}

// read decodes what a source said into a field.
func read(raw any, field reflect.Value) error {
	if raw == nil {
		return errors.New("the key has no value (leave it out to have the default)")
	}
	if field.Kind() == reflect.Slice {
		if text, ok := raw.(string); ok {
			raw = splitList(text)
		}
	}
	fresh := reflect.New(field.Type())
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: fresh.Interface(), WeaklyTypedInput: isText(raw),
		DecodeHook: mapstructure.ComposeDecodeHookFunc(exactly, mapstructure.StringToTimeDurationHookFunc(), mapstructure.TextUnmarshallerHookFunc()),
	})
	if err != nil {
		return fmt.Errorf("invariant: every field decodes: %w", err)
	}
	if err := decoder.Decode(raw); err != nil {
		return fmt.Errorf("%v is no %s: %w", raw, kindOf(field.Type()), plain(err))
	}
	field.Set(fresh.Elem())
	return nil
}

// isText reports whether a value was typed (a flag, a variable), where a number is text; a file has types of its own.
func isText(raw any) bool {
	_, ok := raw.(string)
	return ok
}

// exactly refuses what mapstructure would bend: a fraction for a whole number, and a bare number where a unit is needed,
// because `drain: 20` may mean seconds or nanoseconds.
func exactly(_, to reflect.Type, raw any) (any, error) {
	text, ok := raw.(string)
	if kindOf(to) == kindTokens && !ok {
		return nil, fmt.Errorf("it has been rounded to a binary fraction (quote it: \"%v\")", raw)
	}
	if f, fraction := raw.(float64); fraction && to.Kind() != reflect.Float64 && f != math.Trunc(f) {
		return nil, errors.New("it is a fraction")
	}
	if to.Kind() == reflect.Bool && ok && text == "" {
		return nil, errors.New("it is empty")
	}
	if kindOf(to) != kindDuration {
		return raw, nil
	}
	if !ok {
		return nil, errors.New("it needs a unit, such as 20s, 5m or 250ms")
	}
	return raw, nil
}

// plain is the innermost cause: mapstructure's own words speak of Go.
func plain(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func splitList(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, ",")
}

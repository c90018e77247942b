package config

import (
	"strings"

	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

// literal reads amounts as they are written. YAML takes `cost: 0.1` for a binary fraction, which 0.1 is not; so what stands
// at these keys is taken from the text. Where a number gets there by another way (a merge), it stays what YAML made of it,
// and is refused.
type literal struct {
	koanf.Parser
	keys []string
}

// Unmarshal implements [koanf.Parser].
func (l literal) Unmarshal(content []byte) (map[string]any, error) {
	values, err := l.Parser.Unmarshal(content)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, err
	}
	for _, key := range l.keys {
		node, into := &document, values
		if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
			node = node.Content[0]
		}
		path := strings.Split(key, ".")
		for _, section := range path[:len(path)-1] {
			node = entry(node, section)
			into, _ = into[section].(map[string]any)
		}
		last := path[len(path)-1]
		if node = entry(node, last); node == nil || into == nil || node.Kind != yaml.ScalarNode {
			continue
		}
		if tag := node.ShortTag(); tag == "!!int" || tag == "!!float" {
			into[last] = node.Value
		}
	}
	return values, nil
}

// entry returns what a mapping says for a key, or nil.
func entry(node *yaml.Node, key string) *yaml.Node {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value != key {
			continue
		}
		value := node.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		return value
	}
	return nil
}

package oracle

import "fmt"

var sourceNames = map[SourceKind]string{RedStone: "redstone", Pyth: "pyth", Chainlink: "chainlink"}

// String returns the kind's name.
func (k SourceKind) String() string {
	if name, known := sourceNames[k]; known {
		return name
	}
	return fmt.Sprintf("source(%d)", uint8(k))
}

// MarshalText writes the name of a kind that there is.
func (k SourceKind) MarshalText() ([]byte, error) {
	if name, known := sourceNames[k]; known {
		return []byte(name), nil
	}
	return nil, fmt.Errorf("there is no source of kind %d", uint8(k))
}

// UnmarshalText reads what MarshalText wrote.
func (k *SourceKind) UnmarshalText(text []byte) error {
	for kind, name := range sourceNames {
		if name == string(text) {
			*k = kind
			return nil
		}
	}
	return fmt.Errorf("there is no source %q: redstone, pyth or chainlink", text)
}

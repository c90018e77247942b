package sandbox

// Leave leaves layers out.
func (c *Config) Leave(layers ...Layer) { c.without = layers }

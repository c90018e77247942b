package engine

import (
	"container/list"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"vadium"
	"vadium/circuits"
)

// cache keeps loaded keys, those used last the longest, within a number of bytes.
type cache struct {
	limit int64
	size  func(*circuits.ProvingKeys) int64

	mu    sync.Mutex // guards what follows; held while loading, so that no key is loaded twice
	used  int64
	order *list.List // of cached, the one used last in front
	at    map[vadium.ProgramID]*list.Element
}

type cached struct {
	id    vadium.ProgramID
	keys  *circuits.ProvingKeys
	bytes int64
}

func newCache(limit int64) *cache {
	return &cache{
		limit: limit, order: list.New(), at: map[vadium.ProgramID]*list.Element{}, size: (*circuits.ProvingKeys).Bytes,
	}
}

// get returns the keys and whether they had to be loaded, which load does. Keys that alone exceed the limit are refused before they are
// read: the manifest says how large the files are, and in memory they are no smaller.
func (c *cache) get(p vadium.Program, load loader) (keys *circuits.ProvingKeys, loaded bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := p.ID()
	if element, ok := c.at[id]; ok {
		c.order.MoveToFront(element)
		return element.Value.(cached).keys, false, nil
	}
	onDisk := int64(p.ProvingKeyBytes + p.ConstraintSystemBytes + p.VerifyingKeyBytes)
	if onDisk > c.limit || onDisk < 0 {
		return nil, false, c.tooLarge(p, onDisk)
	}
	c.shrink(c.limit - onDisk)
	keys, err = load()
	if err != nil {
		return nil, false, err
	}
	bytes := c.size(keys)
	if bytes > c.limit {
		return nil, false, c.tooLarge(p, bytes)
	}
	c.shrink(c.limit - bytes)
	c.at[id] = c.order.PushFront(cached{id, keys, bytes})
	c.used += bytes
	return keys, true, nil
}

// timed is get with how long loading took; 0 if there was nothing to load.
func (c *cache) timed(p vadium.Program, load loader) (keys *circuits.ProvingKeys, took time.Duration, err error) {
	begun := time.Now()
	keys, loaded, err := c.get(p, load)
	if err != nil {
		return nil, 0, loadError(err)
	}
	if loaded {
		took = time.Since(begun)
	}
	return keys, took, nil
}

func (c *cache) tooLarge(p vadium.Program, bytes int64) error {
	return fmt.Errorf("program %s needs %d bytes, the limit is %d: %w (raise the prover's key memory)",
		p.Name, bytes, c.limit, ErrKeysTooLarge)
}

// shrink forgets the keys used longest ago until at most most bytes are left.
func (c *cache) shrink(most int64) {
	freed := false
	for c.used > most && c.order.Len() > 0 {
		last := c.order.Remove(c.order.Back()).(cached)
		delete(c.at, last.id)
		c.used -= last.bytes
		freed = true
	}
	if freed {
		debug.FreeOSMemory() // otherwise old and new keys would count against the memory limit together
	}
}

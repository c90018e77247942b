package engine

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vadium"
	"vadium/circuits"
)

// fakeCache counts loads and believes the manifest's sizes.
type fakeCache struct {
	*cache
	loads []string
	of    map[*circuits.ProvingKeys]int64
}

func newFakeCache(limit int64) *fakeCache {
	c := &fakeCache{cache: newCache(limit), of: map[*circuits.ProvingKeys]int64{}}
	c.size = func(k *circuits.ProvingKeys) int64 { return c.of[k] }
	return c
}

func (c *fakeCache) use(name string, bytes uint64) (loaded bool, err error) {
	_, loaded, err = c.get(vadium.Program{Name: name, ProvingKeyBytes: bytes}, func() (*circuits.ProvingKeys, error) {
		c.loads = append(c.loads, name)
		keys := new(circuits.ProvingKeys)
		c.of[keys] = int64(bytes)
		return keys, nil
	})
	return loaded, err
}

func TestKeysUsedLongestAgoMakeWay(t *testing.T) {
	c := newFakeCache(100)
	for _, name := range []string{"a", "b", "a", "c", "a", "b"} { // c pushes b out, not a
		if _, err := c.use(name, 50); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "b", "c", "b"}; !slices.Equal(c.loads, want) {
		t.Errorf("loads = %v, want %v", c.loads, want)
	}
}

func TestKeysThatFillTheMemoryExactlyAreKept(t *testing.T) {
	c := newFakeCache(100)
	if _, err := c.use("exact", 100); err != nil {
		t.Errorf("get of 100 bytes = %v, want nil", err)
	}
	if _, err := c.use("more", 101); !errors.Is(err, ErrKeysTooLarge) {
		t.Errorf("get of 101 bytes = %v, want %v", err, ErrKeysTooLarge)
	}
	if loaded, _ := c.use("exact", 100); loaded {
		t.Error("the refused keys pushed the others out")
	}
}

func TestTheCacheStaysWithinItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newFakeCache(1_000)
		for range rapid.IntRange(1, 40).Draw(t, "uses") {
			size := rapid.Uint64Range(0, 1_200).Draw(t, "size")
			_, err := c.use(fmt.Sprint(size), size)
			if (err == nil) != (size <= 1_000) {
				t.Fatalf("get of %d bytes = %v", size, err)
			}
			var sum int64
			for e := c.order.Front(); e != nil; e = e.Next() {
				sum += e.Value.(cached).bytes
			}
			if sum != c.used || sum > c.limit || len(c.at) != c.order.Len() {
				t.Fatalf("the cache holds %d bytes and counts %d, the limit is %d", sum, c.used, c.limit)
			}
		}
	})
}

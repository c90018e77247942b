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
func fakeCache(limit int64) (*cache, *[]string) {
	c, loads := newCache(limit), new([]string)
	of := map[*circuits.ProvingKeys]int64{}
	c.load = func(k Keys) (*circuits.ProvingKeys, error) {
		*loads = append(*loads, k.Program.Name)
		keys := new(circuits.ProvingKeys)
		of[keys] = int64(k.Program.ProvingKeyBytes)
		return keys, nil
	}
	c.size = func(k *circuits.ProvingKeys) int64 { return of[k] }
	return c, loads
}

func keysOf(name string, bytes uint64) Keys {
	return Keys{Program: vadium.Program{Name: name, ProvingKeyBytes: bytes}}
}

func TestKeysUsedLongestAgoMakeWay(t *testing.T) {
	c, loads := fakeCache(100)
	for _, name := range []string{"a", "b", "a", "c", "a", "b"} { // c pushes b out, not a
		if _, _, err := c.get(keysOf(name, 50)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "b", "c", "b"}; !slices.Equal(*loads, want) {
		t.Errorf("loads = %v, want %v", *loads, want)
	}
}

func TestKeysThatFillTheMemoryExactlyAreKept(t *testing.T) {
	c, _ := fakeCache(100)
	if _, _, err := c.get(keysOf("exact", 100)); err != nil {
		t.Errorf("get of 100 bytes = %v, want nil", err)
	}
	if _, _, err := c.get(keysOf("more", 101)); !errors.Is(err, ErrKeysTooLarge) {
		t.Errorf("get of 101 bytes = %v, want %v", err, ErrKeysTooLarge)
	}
	if _, loaded, _ := c.get(keysOf("exact", 100)); loaded {
		t.Error("the refused keys pushed the others out")
	}
}

func TestTheCacheStaysWithinItsLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := fakeCache(1_000)
		for range rapid.IntRange(1, 40).Draw(t, "uses") {
			size := rapid.Uint64Range(0, 1_200).Draw(t, "size")
			_, _, err := c.get(keysOf(fmt.Sprint(size), size))
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

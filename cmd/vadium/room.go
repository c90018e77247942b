package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"vadium/marketplace/journal"
	"vadium/marketplace/rpc/wire"
)

// A market on a disk that fills up stops in two steps. Below the watermark it takes nothing new: no requests, uploads and
// programs; deadlines, deliveries and settlement go on, so what is promised is kept. Below the floor it stops, before a
// write is tried: the engine writes into mapped files, and a mapped page that finds no room kills the process. Then the
// ballast, a file of nothing in the market's folder, can be removed, which gives room to serve again and settle.
const (
	// roomFloor is more than the engine may write behind our back, for a flush and a compaction, when we stop.
	roomFloor = 128 << 20
	// The watermark is a tenth of the disk, within these.
	roomLowLeast = 2 << 30
	roomLowMost  = 16 << 30
	// roomLowShare bounds it on a small disk, which could not be used otherwise: a quarter.
	roomLowShare = 4
	// ballastBytes is twice the floor, so that removing it from a disk that is full to the last byte is enough.
	ballastBytes = 2 * roomFloor
	// roomEvery is how often the watermark is looked at. The floor is looked at before every write.
	roomEvery = 250 * time.Millisecond
)

func (d marketDir) ballast() string { return filepath.Join(string(d), "ballast") }

// room watches the disk of a market's folder.
type room struct {
	dir  marketDir
	low  uint64 // watermark, in bytes
	log  *slog.Logger
	free atomic.Uint64 // when last looked
}

// openRoom refuses to begin on a disk below the floor, and makes the ballast if it is easily spared.
func openRoom(dir marketDir, low uint64, log *slog.Logger) (*room, error) {
	free, total, err := journal.Room(string(dir))
	if err != nil {
		return nil, err
	}
	if low == 0 {
		low = watermark(total)
	}
	r := &room{dir: dir, low: max(low, roomFloor), log: log}
	r.free.Store(free)
	if free < roomFloor {
		return nil, r.full(fmt.Errorf("%w: %d MiB are free, a market needs %d", journal.ErrNoRoom, free>>20, uint64(roomFloor)>>20))
	}
	if free > r.low+ballastBytes {
		err = r.layBallast()
	}
	return r, err
}

// watermark is where a market on a disk of so many bytes stops taking new requests.
func watermark(total uint64) uint64 {
	return min(max(total/10, roomLowLeast), roomLowMost, total/roomLowShare)
}

// layBallast makes the ballast, unless it is there. It is written, because a file system may count holes as free.
func (r *room) layBallast() error {
	if info, err := os.Stat(r.dir.ballast()); err == nil && info.Size() == ballastBytes {
		return nil
	}
	f, err := os.OpenFile(r.dir.ballast(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(allocate(f, ballastBytes), f.Close())
}

// check refuses what is new while the disk is low. It is what rpc asks.
func (r *room) check() error {
	if free := r.free.Load(); free < r.low {
		return fmt.Errorf("the market's disk has %d MiB free, it takes nothing new below %d: %w", free>>20, r.low>>20, wire.ErrDiskLow)
	}
	return nil
}

// watch looks at the disk until ctx ends, and ends the market when it is full.
func (r *room) watch(ctx context.Context) error {
	tick := time.NewTicker(roomEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		free, _, err := journal.Room(string(r.dir))
		if err != nil {
			return err
		}
		was := r.free.Swap(free)
		switch {
		case free < roomFloor:
			return r.full(fmt.Errorf("%w: %d MiB are free", journal.ErrNoRoom, free>>20))
		case was >= r.low && free < r.low:
			r.log.Error("disk is low: new requests, uploads and programs are refused; deadlines and settlement go on", "free_mib", free>>20, "watermark_mib", r.low>>20)
		case was < r.low && free >= r.low:
			r.log.Info("disk has room again", "free_mib", free>>20)
		}
	}
}

// full says what to do about a full disk.
func (r *room) full(err error) error {
	hint := "nothing that was acknowledged is lost; make room on this disk and serve the market again"
	if _, missing := os.Stat(r.dir.ballast()); missing == nil {
		hint += "; or remove " + r.dir.ballast() + ", which is there for this, to serve it and settle what is due meanwhile"
	}
	return withHint(err, hint)
}

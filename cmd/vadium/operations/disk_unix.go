//go:build unix

package operations

import (
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
)

// Disk collects how full the file systems of a service's folders are, and how much a folder of few files holds.
type Disk struct {
	// Folders are watched for free space, by the name they are shown under.
	Folders map[string]string
	// Measured are folders of few files whose size is added up at every scrape, by name.
	Measured map[string]string
}

var (
	freeDesc = prometheus.NewDesc("vadium_disk_free_bytes", "Space that a service may still use on the file system of a folder.", []string{"folder"}, nil)
	sizeDesc = prometheus.NewDesc("vadium_disk_size_bytes", "Size of the file system of a folder.", []string{"folder"}, nil)
	usedDesc = prometheus.NewDesc("vadium_folder_bytes", "What the files of a folder hold.", []string{"folder"}, nil)
)

// Describe implements prometheus.Collector.
func (d Disk) Describe(to chan<- *prometheus.Desc) {
	to <- freeDesc
	to <- sizeDesc
	to <- usedDesc
}

// Collect implements prometheus.Collector. A folder that cannot be read is left out: the alert on its absence speaks.
func (d Disk) Collect(to chan<- prometheus.Metric) {
	for name, path := range d.Folders {
		var s syscall.Statfs_t
		if err := syscall.Statfs(path, &s); err != nil {
			continue
		}
		block := float64(s.Bsize)
		to <- prometheus.MustNewConstMetric(freeDesc, prometheus.GaugeValue, float64(s.Bavail)*block, name)
		to <- prometheus.MustNewConstMetric(sizeDesc, prometheus.GaugeValue, float64(s.Blocks)*block, name)
	}
	for name, path := range d.Measured {
		var sum int64
		err := filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return nil //nolint:nilerr // files come and go while we look
			}
			if info, err := entry.Info(); err == nil {
				sum += info.Size()
			}
			return nil
		})
		if err == nil {
			to <- prometheus.MustNewConstMetric(usedDesc, prometheus.GaugeValue, float64(sum), name)
		}
	}
}

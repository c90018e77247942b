package operations

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"vadium/cmd/vadium/config"
)

// Certificate is the certificate a service shows, read from its files and read again when they change.
type Certificate struct {
	files   config.TLS
	current atomic.Pointer[tls.Certificate]
}

// LoadCertificate reads the files.
func LoadCertificate(files config.TLS) (*Certificate, error) {
	c := &Certificate{files: files}
	return c, c.Reload()
}

// Reload reads the files again. When they do not fit each other, the certificate that was there stays.
func (c *Certificate) Reload() error {
	certificate, err := os.ReadFile(c.files.Certificate)
	if err != nil {
		return fmt.Errorf("tls.certificate: %w", err)
	}
	key, err := c.files.Key.Read()
	if err != nil {
		return fmt.Errorf("tls.key: %w", err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return fmt.Errorf("tls.certificate %s and tls.key %s: %w", c.files.Certificate, c.files.Key, err)
	}
	c.current.Store(&pair)
	return nil
}

var expiresDesc = prometheus.NewDesc("vadium_certificate_expires_timestamp_seconds", "When the certificate that callers are shown expires, as Unix time.", nil, nil)

// Describe implements prometheus.Collector.
func (c *Certificate) Describe(to chan<- *prometheus.Desc) { to <- expiresDesc }

// Collect implements prometheus.Collector.
func (c *Certificate) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(expiresDesc, prometheus.GaugeValue, float64(c.current.Load().Leaf.NotAfter.Unix()))
}

// ServerConfig returns how a server shows it: TLS 1.3, or 1.2 for old clients, and HTTP/2 before HTTP/1.1.
func (c *Certificate) ServerConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current.Load(), nil },
	}
}

// ReadRoots reads the certificates that a client trusts from a PEM file.
func ReadRoots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificates to trust: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificates to trust: %w", errors.New(file+" holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"))
	}
	return roots, nil
}

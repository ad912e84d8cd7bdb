// Asks crypto/x509 about every case, as the components of Kubernetes do: `judge FOLDER`, with the questions of
// cases.json. Prints what it says of each as JSON, and what it says for any use and without a name: an empty text where it
// accepts.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

type question struct {
	ID, Name, Purpose string
	At                time.Time
}

func main() {
	text, err := os.ReadFile(filepath.Join(os.Args[1], "cases.json"))
	exitOn(err)
	var questions []question
	exitOn(json.Unmarshal(text, &questions))
	asked, unasked := map[string]string{}, map[string]string{}
	for _, question := range questions {
		folder := filepath.Join(os.Args[1], question.ID)
		asked[question.ID] = said(folder, question)
		question.Name, question.Purpose = "", "any"
		unasked[question.ID] = said(folder, question)
	}
	exitOn(json.NewEncoder(os.Stdout).Encode(map[string]any{"asked": asked, "unasked": unasked}))
}

func said(folder string, question question) string {
	if err := judge(folder, question); err != nil {
		return err.Error()
	}
	return ""
}

func judge(folder string, question question) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	trusted, err := os.ReadFile(filepath.Join(folder, "trust.pem"))
	exitOn(err)
	sent, err := os.ReadFile(filepath.Join(folder, "chain.pem"))
	exitOn(err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(trusted) {
		return errors.New("no root can be read")
	}
	chain, err := certificates(sent)
	if err != nil {
		return err
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	purposes := map[string][]x509.ExtKeyUsage{
		"any":       {x509.ExtKeyUsageAny},
		"client":    {x509.ExtKeyUsageClientAuth},
		"etcd-peer": {x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		"server":    {x509.ExtKeyUsageServerAuth},
	}
	// Of several usages in one call any would do.
	for _, purpose := range purposes[question.Purpose] {
		_, err := chain[0].Verify(x509.VerifyOptions{
			DNSName:       question.Name,
			Roots:         roots,
			Intermediates: intermediates,
			CurrentTime:   question.At,
			KeyUsages:     []x509.ExtKeyUsage{purpose},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Reads a chain as tls.X509KeyPair and the handshake do: other blocks are skipped, and one bad certificate is too many.
func certificates(text []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		found = append(found, certificate)
	}
	if len(found) == 0 {
		return nil, errors.New("no certificate")
	}
	return found, nil
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Serves every case that has a key, byte by byte as it is: `serve FOLDER`. Prints each case's address as JSON, and
// serves until its standard input ends.
package main

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
)

func main() {
	keys, err := filepath.Glob(filepath.Join(os.Args[1], "*", "leaf.key"))
	exitOn(err)
	addresses := map[string]string{}
	for _, path := range keys {
		key, err := private(path)
		if err != nil {
			// A kind of key that Go does not know, and cannot serve with.
			continue
		}
		folder := filepath.Dir(path)
		// What is served is not read before: it may be no certificate.
		certificate := tls.Certificate{Certificate: blocks(filepath.Join(folder, "chain.pem")), PrivateKey: key}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		exitOn(err)
		addresses[filepath.Base(folder)] = listener.Addr().String()
		go serve(tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}))
	}
	exitOn(json.NewEncoder(os.Stdout).Encode(addresses))
	io.Copy(io.Discard, os.Stdin)
}

func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			connection.(*tls.Conn).Handshake()
			connection.Close()
		}()
	}
}

func private(path string) (crypto.PrivateKey, error) {
	text, err := os.ReadFile(path)
	exitOn(err)
	block, _ := pem.Decode(text)
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}

func blocks(path string) (found [][]byte) {
	text, err := os.ReadFile(path)
	exitOn(err)
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		found = append(found, block.Bytes)
	}
	return found
}

func exitOn(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

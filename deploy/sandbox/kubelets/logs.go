package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// The one client that a kubelet's endpoint serves here; see pki.sh.
const apiServerName = "kube-apiserver-kubelet-client"

// listenPort is a template function: the port that the nodes give as their kubelet's.
func listenPort() (string, error) {
	_, port, err := net.SplitHostPort(*listen)
	return port, err
}

// serveLogs answers the API server's requests for container logs, for all nodes, until the context ends.
func serveLogs(ctx context.Context, client kubernetes.Interface, rules *rules) error {
	authority, err := os.ReadFile(*clientCA)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)

	mux := http.NewServeMux()
	mux.Handle("GET /containerLogs/{namespace}/{pod}/{container}", &logHandler{client, rules})
	server := &http.Server{
		Addr:              *listen,
		Handler:           mux,
		TLSConfig:         &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // whoever looks whether we listen hangs up at once
	}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.ListenAndServeTLS(*tlsCert, *tlsKey); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type logHandler struct {
	client kubernetes.Interface
	rules  *rules
}

type logLine struct {
	At   time.Time
	Line string
}

func (h *logHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.TLS.PeerCertificates[0].Subject.CommonName != apiServerName {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	pod, err := h.client.CoreV1().Pods(r.PathValue("namespace")).Get(r.Context(), r.PathValue("pod"), metav1.GetOptions{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	query := r.URL.Query()
	var answer struct {
		Lines []logLine
		Error string
	}
	err = h.rules.run(h.rules.log, pod, &answer, r.PathValue("container"), query.Get("previous") == "true")
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case answer.Error != "":
		http.Error(w, answer.Error, http.StatusBadRequest)
	default:
		w.Header().Set("Content-Type", "text/plain")
		w.Write(render(answer.Lines, query.Get))
	}
}

// render applies the options of a log request. Following is not among them: what there is, is sent, and that is the end.
func render(lines []logLine, option func(string) string) []byte {
	since, err := time.Parse(time.RFC3339, option("sinceTime"))
	if seconds, bad := strconv.Atoi(option("sinceSeconds")); bad == nil {
		since, err = time.Now().Add(-time.Duration(seconds)*time.Second), nil
	}
	if err == nil {
		for len(lines) > 0 && lines[0].At.Before(since) {
			lines = lines[1:]
		}
	}
	if tail, err := strconv.Atoi(option("tailLines")); err == nil && tail < len(lines) {
		lines = lines[len(lines)-tail:]
	}
	var text bytes.Buffer
	for _, line := range lines {
		if option("timestamps") == "true" {
			fmt.Fprintf(&text, "%s ", line.At.Format(time.RFC3339Nano))
		}
		fmt.Fprintln(&text, line.Line)
	}
	if limit, err := strconv.Atoi(option("limitBytes")); err == nil && limit < text.Len() {
		text.Truncate(limit)
	}
	return text.Bytes()
}

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

const (
	writers    = 8
	batchBytes = 512 << 10 // etcd takes requests of 1.5 MiB …
	batchItems = 100       // … and transactions of 128 writes
)

// Where the API server keeps each kind, below /registry/.
var folders = map[string]string{
	"Pod": "pods", "Node": "minions", "Namespace": "namespaces", "ConfigMap": "configmaps", "Secret": "secrets", "Event": "events",
	"Service": "services/specs", "EndpointSlice": "endpointslices", "Deployment": "deployments", "ReplicaSet": "replicasets",
	"StatefulSet": "statefulsets", "Job": "jobs",
}

var serializer = protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)

// A write is one object as it shall be in etcd; without a value, its deletion.
type write struct {
	key, value string
	done       func(at time.Time) // may be nil; told when it was sent
}

func encode(object runtime.Object) write {
	kinds, _, err := scheme.Scheme.ObjectKinds(object)
	if err != nil {
		panic(err)
	}
	object.GetObjectKind().SetGroupVersionKind(kinds[0])
	var value bytes.Buffer
	if err := serializer.Encode(object, &value); err != nil {
		panic(err)
	}
	return write{key: keyOf(object), value: value.String()}
}

func keyOf(object runtime.Object) string {
	about, err := meta.Accessor(object)
	if err != nil {
		panic(err)
	}
	kinds, _, _ := scheme.Scheme.ObjectKinds(object)
	folder, known := folders[kinds[0].Kind]
	if !known {
		panic("no folder for " + kinds[0].Kind)
	}
	if about.GetNamespace() == "" {
		return "/registry/" + folder + "/" + about.GetName()
	}
	return "/registry/" + folder + "/" + about.GetNamespace() + "/" + about.GetName()
}

// A store writes to etcd by several hands.
type store struct {
	client *clientv3.Client
	ctx    context.Context
}

func openStore(ctx context.Context, url, pki string) (*store, error) {
	certificate, err := tls.LoadX509KeyPair(filepath.Join(pki, "apiserver-etcd.crt"), filepath.Join(pki, "apiserver-etcd.key"))
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(filepath.Join(pki, "etcd-ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{url}, DialTimeout: 5 * time.Second,
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: pool}})
	if err != nil {
		return nil, err
	}
	return &store{client, ctx}, nil
}

func (s *store) close() { s.client.Close() }

// one writes or deletes a single object.
func (s *store) one(w write) error {
	var err error
	at := time.Now()
	if w.value == "" {
		_, err = s.client.Delete(s.ctx, w.key)
	} else {
		_, err = s.client.Put(s.ctx, w.key, w.value)
	}
	if err == nil && w.done != nil {
		w.done(at)
	}
	return err
}

// clear deletes what an earlier fill left: everything of our namespaces, and our nodes.
func (s *store) clear() error {
	for _, folder := range folders {
		if _, err := s.client.Delete(s.ctx, "/registry/"+folder+"/"+prefix, clientv3.WithPrefix()); err != nil {
			return err
		}
	}
	return nil
}

// compact lets go of what was overwritten or deleted, so that etcd can use its place again.
func (s *store) compact() error {
	answer, err := s.client.Get(s.ctx, "/registry/")
	if err != nil {
		return err
	}
	_, err = s.client.Compact(s.ctx, answer.Header.Revision, clientv3.WithCompactPhysical())
	return err
}

// writeAll writes all that comes out of the channel, in transactions of many.
func (s *store) writeAll(writes <-chan write) error {
	failures := make(chan error, writers)
	var hands sync.WaitGroup
	for range writers {
		hands.Add(1)
		go func() {
			defer hands.Done()
			if err := s.writeSome(writes); err != nil {
				failures <- err
				for range writes { // so that whoever fills the channel gets to the end
				}
			}
		}()
	}
	hands.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func (s *store) writeSome(writes <-chan write) error {
	var batch []clientv3.Op
	size := 0
	flush := func() error {
		_, err := s.client.Txn(s.ctx).Then(batch...).Commit()
		batch, size = batch[:0], 0
		return err
	}
	for w := range writes {
		batch, size = append(batch, clientv3.OpPut(w.key, w.value)), size+len(w.value)
		if len(batch) == batchItems || size > batchBytes {
			if err := flush(); err != nil {
				return fmt.Errorf("etcd: %w", err)
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	return flush()
}

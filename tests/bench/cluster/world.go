package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// A team has a namespace with exactly teamPods pods, and nodes of its own. What a team has follows from the seed and its number
// alone, so a cluster of 50,000 pods begins with that of 10,000.
const (
	teamPods     = 500
	teamNodes    = 5
	teamStateful = 20 // of its pods, those of StatefulSets
	teamJobs     = 20 // … and those of Jobs that have completed
	prefix       = "bench-"
	statefulPods = 5
	letters      = "bcdfghjklmnpqrstvwxz2456789" // those of Kubernetes' generated names
	youngestDays = 300                           // after the epoch
	podsPerScar  = 40                            // one pod in so many has been restarted, long ago
)

var (
	epoch    = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	replicas = []int{1, 2, 2, 3, 3, 3, 4, 5, 6, 8, 10, 12, 16, 24, 40}
	products = []string{"cart", "checkout", "catalog", "search", "payments", "orders", "profile", "reviews", "stock", "shipping", "mailer"}
	parts    = []string{"api", "web", "worker", "gateway", "consumer", "scheduler", "cache", "sync"}
)

type world struct {
	seed  uint64
	teams int
}

// rng is the chance that belongs to a name: the same name, the same chance.
func (w *world) rng(names ...any) *rand.Rand {
	hash := fnv.New64a()
	fmt.Fprintln(hash, names...)
	return rand.New(rand.NewPCG(w.seed, hash.Sum64()))
}

func word(rng *rand.Rand, length int) string {
	var text strings.Builder
	for range length {
		text.WriteByte(letters[rng.IntN(len(letters))])
	}
	return text.String()
}

func uid(rng *rand.Rand) types.UID {
	a, b := rng.Uint64(), rng.Uint64()
	return types.UID(fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0xfff, b&0xffffffffffff))
}

func namespaceName(team int) string { return fmt.Sprintf("%steam-%03d", prefix, team) }

func nodeName(team, number int) string {
	return fmt.Sprintf("%snode-%04d.eu-west-1.compute.internal", prefix, team*teamNodes+number)
}

func nodeIP(team, number int) string {
	index := team*teamNodes + number
	return fmt.Sprintf("10.32.%d.%d", index/250, index%250+1)
}

// A workload is a Deployment, a StatefulSet or a Job.
type workload struct {
	world      *world
	kind       string
	team       int
	ns, name   string
	uid        types.UID
	replicas   int
	revision   int // the newest; the cluster begins with 2, of which 1 was before
	generation int64
	created    time.Time
	pods       []*corev1.Pod // as they are; nil while they are as they were born
	busy       bool          // something happens to it: see churn
	rolling    bool
}

func (w *workload) rng(names ...any) *rand.Rand {
	return w.world.rng(append([]any{w.ns, w.name}, names...)...)
}

func (w *workload) key() string { return w.ns + "/" + w.kind + "/" + w.name }

// hash is the pod-template-hash of a revision.
func (w *workload) hash(revision int) string { return word(w.rng("hash", revision), 10) }

func (w *workload) replicaSet(revision int) string { return w.name + "-" + w.hash(revision) }

// team lists the workloads of a team.
func (w *world) team(number int) []*workload {
	var list []*workload
	rng := w.rng("team", number)
	add := func(kind string, count int) {
		product, part := products[rng.IntN(len(products))], parts[rng.IntN(len(parts))]
		one := &workload{world: w, kind: kind, team: number, ns: namespaceName(number), replicas: count, revision: 2, generation: 2,
			name:    fmt.Sprintf("%s-%s-%02d", product, part, len(list)),
			created: epoch.Add(time.Duration(rng.IntN(youngestDays*24)) * time.Hour)}
		one.uid = uid(one.rng("uid"))
		list = append(list, one)
	}
	for left := teamPods - teamStateful - teamJobs; left > 0; {
		count := min(left, replicas[rng.IntN(len(replicas))])
		add("Deployment", count)
		left -= count
	}
	for range teamStateful / statefulPods {
		add("StatefulSet", statefulPods)
	}
	for range teamJobs {
		add("Job", 1)
	}
	return list
}

// born makes all pods of a workload as the cluster begins with them.
func (w *workload) born() []*corev1.Pod {
	pods := make([]*corev1.Pod, w.replicas)
	for i := range pods {
		pods[i] = w.bornPod(i)
	}
	return pods
}

func (w *workload) bornPod(number int) *corev1.Pod {
	created := w.created.Add(time.Duration(number) * time.Second)
	pod := w.pod(w.revision, number, created)
	if w.kind == "Job" {
		completed(pod, created.Add(90*time.Second))
		return pod
	}
	ready(pod, created.Add(8*time.Second))
	if w.rng("scar", number).IntN(podsPerScar) == 0 {
		scar(pod, created.Add(time.Hour))
	}
	return pod
}

// living gives the pods of a workload that something is about to happen to.
func (w *workload) living() []*corev1.Pod {
	if w.pods == nil {
		w.pods = w.born()
	}
	return w.pods
}

func timestamp(at time.Time) metav1.Time { return metav1.NewTime(at.Truncate(time.Second)) }

// fill replaces the whole cluster.
func fill(world *world, store *store) error {
	if err := store.clear(); err != nil {
		return err
	}
	writes := make(chan write, 4*batchItems)
	var pods, bytes int
	go func() {
		defer close(writes)
		for team := range world.teams {
			for _, object := range world.objects(team) {
				w := encode(object)
				if _, isPod := object.(*corev1.Pod); isPod {
					pods, bytes = pods+1, bytes+len(w.value)
				}
				writes <- w
			}
		}
	}()
	if err := store.writeAll(writes); err != nil {
		return err
	}
	if err := store.compact(); err != nil {
		return err
	}
	fmt.Printf("{\"pods\": %d, \"bytes_per_pod\": %d}\n", pods, bytes/pods)
	return nil
}

package main

import (
	"container/heap"
	"context"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	tick     = 5 * time.Millisecond
	backlog  = 4096
	forever  = time.Hour
	begins   = time.Second      // the first failure, after the beginning
	lastCall = 20 * time.Second // what looks like a failure and is none begins so long before the end, to be over by then
)

type plan struct {
	rate           float64
	during, settle time.Duration
	failures       int
}

// A churn writes at a steady rate. Most writes are of kubelets that have nothing new to say; the others follow scripts, of which
// some are failures and the others only look like it.
type churn struct {
	world     *world
	store     *store
	plan      plan
	rng       *rand.Rand
	workloads []*workload
	next      []int // Deployments in the order in which something happens to them
	due       steps
	numbered  int
	queues    []chan write
	sent      int
	written   sync.WaitGroup
	scripts   map[string]int
	out       *json.Encoder
	outLock   sync.Mutex
	failed    atomic.Pointer[error]
}

func newChurn(world *world, store *store, plan plan) *churn {
	c := &churn{world: world, store: store, plan: plan, rng: world.rng("churn", plan.rate), scripts: map[string]int{},
		out: json.NewEncoder(os.Stdout)}
	for team := range world.teams {
		c.workloads = append(c.workloads, world.team(team)...)
	}
	for _, i := range c.rng.Perm(len(c.workloads)) {
		if w := c.workloads[i]; w.kind == "Deployment" && w.replicas >= 2 && w.replicas <= 12 {
			c.next = append(c.next, i)
		}
	}
	for range writers {
		c.queues = append(c.queues, make(chan write, backlog))
	}
	return c
}

// --- Steps: what a script does when ---------------------------------------------------------------------------------------

type step struct {
	at     time.Time
	number int // keeps the order of those of one moment
	do     func(now time.Time)
}

type steps []step

func (s steps) Len() int { return len(s) }
func (s steps) Less(i, j int) bool {
	return s[i].at.Before(s[j].at) || s[i].at.Equal(s[j].at) && s[i].number < s[j].number
}
func (s steps) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *steps) Push(x any)   { *s = append(*s, x.(step)) }
func (s *steps) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

func (c *churn) at(at time.Time, do func(now time.Time)) {
	heap.Push(&c.due, step{at, c.due.Len() + c.sent, do})
}

// --- Writing --------------------------------------------------------------------------------------------------------------

// Everything about one object goes through one hand, in order.
func (c *churn) send(w write) {
	hash := fnv.New32a()
	hash.Write([]byte(w.key))
	c.written.Add(1)
	c.queues[hash.Sum32()%writers] <- w
	c.sent++
}

func (c *churn) put(objects ...runtime.Object) {
	for _, object := range objects {
		c.send(encode(object))
	}
}

func (c *churn) remove(object runtime.Object) { c.send(write{key: keyOf(object)}) }

// tell prints what Python shall know.
func (c *churn) tell(what any) {
	c.outLock.Lock()
	defer c.outLock.Unlock()
	c.out.Encode(what)
}

type injection struct {
	What  string `json:"what"`
	Key   string `json:"key"`
	Class string `json:"class"`
	AtMs  int64  `json:"at_ms"`
}

// inject writes the pod whose failure begins with this, and says so when it is written.
func (c *churn) inject(w *workload, pod *corev1.Pod, class string) {
	encoded := encode(pod)
	encoded.done = func(at time.Time) { c.tell(injection{"failure", w.key(), class, at.UnixMilli()}) }
	c.send(encoded)
}

// heartbeat is the write of a kubelet that has nothing new to say; one in fifty is about its node.
func (c *churn) heartbeat(now time.Time) {
	if c.rng.IntN(50) == 0 {
		c.put(c.world.node(c.rng.IntN(c.world.teams), c.rng.IntN(teamNodes), now))
		return
	}
	for {
		w := c.workloads[c.rng.IntN(len(c.workloads))]
		if w.busy || w.kind == "Job" {
			continue
		}
		pod, at := c.anyPod(w), timestamp(now)
		pod.ManagedFields[1].Time = &at
		c.put(pod)
		return
	}
}

// anyPod makes only the one, as long as nothing has happened to its workload.
func (c *churn) anyPod(w *workload) *corev1.Pod {
	if w.pods != nil {
		return w.pods[c.rng.IntN(len(w.pods))]
	}
	return w.bornPod(c.rng.IntN(w.replicas))
}

// --- The run --------------------------------------------------------------------------------------------------------------

func (c *churn) run(ctx context.Context) error {
	var hands sync.WaitGroup
	for _, queue := range c.queues {
		hands.Add(1)
		go func() {
			defer hands.Done()
			for w := range queue {
				if err := c.store.one(w); err != nil {
					c.failed.CompareAndSwap(nil, &err)
				}
				c.written.Done()
			}
		}()
	}
	begin := time.Now()
	c.arrange(begin)
	c.live(ctx, begin, c.plan.during, c.plan.rate)
	c.written.Wait()
	c.tell(map[string]any{"what": "over", "writes": c.sent, "seconds": time.Since(begin).Seconds(), "scripts": c.scripts})
	c.live(ctx, time.Now(), forever, 0)
	for _, queue := range c.queues {
		close(queue)
	}
	hands.Wait()
	if err := c.failed.Load(); err != nil {
		return *err
	}
	return ctx.Err()
}

// arrange decides what will happen when. Failures begin in time to be detected while the churn lasts.
func (c *churn) arrange(begin time.Time) {
	latest := max(c.plan.during-c.plan.settle-10*time.Second, c.plan.during/4)
	for i := range c.plan.failures {
		at := begin.Add(begins + time.Duration(c.rng.Int64N(int64(latest-begins))))
		failure := c.failures()[i%len(c.failures())]
		c.begin(failure.name, at, failure.run)
	}
	for _, script := range c.temptations() {
		for range max(1, int(script.share*c.plan.rate*c.plan.during.Seconds()/script.writes)) {
			c.begin(script.name, begin.Add(time.Duration(c.rng.Int64N(int64(max(begins, c.plan.during-lastCall))))), script.run)
		}
	}
}

// begin gives a script a workload of its own, as long as there is one to which nothing has happened.
func (c *churn) begin(name string, at time.Time, script func(*workload, time.Time)) {
	if len(c.next) == 0 {
		return
	}
	w := c.workloads[c.next[0]]
	c.next = c.next[1:]
	c.scripts[name]++
	c.at(at, func(now time.Time) {
		w.busy = true
		w.living()
		script(w, now)
	})
}

// live does what is due, and fills the rate up with heartbeats.
func (c *churn) live(ctx context.Context, begin time.Time, during time.Duration, rate float64) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	before := c.sent
	for ctx.Err() == nil && c.failed.Load() == nil {
		now := time.Now()
		if now.Sub(begin) >= during {
			return
		}
		for c.due.Len() > 0 && !c.due[0].at.After(now) {
			heap.Pop(&c.due).(step).do(now)
		}
		for float64(c.sent-before) < rate*now.Sub(begin).Seconds() {
			c.heartbeat(now)
		}
		<-ticker.C
	}
}

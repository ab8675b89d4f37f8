namespace Holdfast.Cli.View;

/// <summary>
/// Keeps what was loaded last, up to a weight; whoever asks for something that is being loaded waits for the same load.
/// A load that fails is not kept. Thread-safe.
/// </summary>
/// <param name="capacity">The weight of all that is kept, but never less than the newest.</param>
internal sealed class RecentlyUsed<TKey, TValue>(long capacity, Func<TValue, long> weigh)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<Item>> _items = [];
    private readonly LinkedList<Item> _order = [];
    private long _weight;

    /// <param name="load">Called where it is neither kept nor being loaded. It must end by itself: several may wait for it.</param>
    internal Task<TValue> GetAsync(TKey key, Func<TKey, Task<TValue>> load)
    {
        lock (_lock)
        {
            if (_items.TryGetValue(key, out LinkedListNode<Item>? known))
            {
                _order.Remove(known);
                _order.AddFirst(known);
                return known.Value.Loading;
            }

            var item = new Item(key);
            item.Loading = LoadAsync(item, load);
            _items.Add(key, _order.AddFirst(item));
            return item.Loading;
        }
    }

    private async Task<TValue> LoadAsync(Item item, Func<TKey, Task<TValue>> load)
    {
        await Task.Yield(); // not under the lock
        bool isLoaded = false;
        try
        {
            TValue value = await load(item.Key);
            Keep(item, weigh(value));
            isLoaded = true;
            return value;
        }
        finally
        {
            if (!isLoaded)
            {
                Drop(item);
            }
        }
    }

    private void Keep(Item item, long weight)
    {
        lock (_lock)
        {
            item.Weight = weight;
            _weight += weight;
            TrimUnsynchronized();
        }
    }

    private void Drop(Item item)
    {
        lock (_lock)
        {
            RemoveUnsynchronized(_items[item.Key]);
        }
    }

    private void TrimUnsynchronized()
    {
        for (LinkedListNode<Item>? last = _order.Last; _weight > capacity && last is not null && last != _order.First;)
        {
            LinkedListNode<Item> next = last;
            last = last.Previous;
            if (next.Value.Weight > 0)
            {
                RemoveUnsynchronized(next); // what is still being loaded weighs nothing yet, and stays
            }
        }
    }

    private void RemoveUnsynchronized(LinkedListNode<Item> item)
    {
        _weight -= item.Value.Weight;
        _items.Remove(item.Value.Key);
        _order.Remove(item);
    }

    private sealed class Item(TKey key)
    {
        internal TKey Key { get; } = key;

        internal Task<TValue> Loading { get; set; } = Task.FromCanceled<TValue>(new CancellationToken(true));

        internal long Weight { get; set; }
    }
}

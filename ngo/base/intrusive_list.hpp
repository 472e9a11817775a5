// Doubly linked lists whose links live inside the elements: linking and unlinking take no allocation and a
// few nanoseconds, and an element that is destroyed leaves its list by itself. An element is in at most one
// list for each Link base that it has (tell them apart by Tag). Not thread-safe: one thread owns a list.
#pragma once

#include <cstddef>

namespace ngo {

template <class T, class Tag>
class List;

// The base that makes a class an element of a List<T, Tag>.
template <class Tag>
class Link {
 public:
  Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unlink(); }

  [[nodiscard]] bool is_linked() const noexcept { return next_ != nullptr; }

  // Leaves the list it is in, if any.
  void unlink() noexcept {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class, class>
  friend class List;
  Link* next_ = nullptr;
  Link* previous_ = nullptr;
};

// A list of T, which must derive from Link<Tag>. It does not own its elements; when it is destroyed they
// are unlinked.
template <class T, class Tag = T>
class List {
  using Node = Link<Tag>;

 public:
  List() noexcept { head_.next_ = head_.previous_ = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    clear();
    head_.next_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
  // Walks the list, but no further than `at_most`.
  [[nodiscard]] std::size_t count(std::size_t at_most) const noexcept {
    std::size_t found = 0;
    for (auto* at = head_.next_; at != &head_ && found < at_most; at = at->next_) ++found;
    return found;
  }

  void push_back(T& element) noexcept { insert_before(head_, element); }
  void push_front(T& element) noexcept { insert_before(*head_.next_, element); }

  // The first element; the list must not be empty.
  [[nodiscard]] T& front() noexcept { return *static_cast<T*>(head_.next_); }
  // The last element; the list must not be empty.
  [[nodiscard]] T& back() noexcept { return *static_cast<T*>(head_.previous_); }

  // Unlinks and returns the first element, or nullptr when there is none.
  T* pop_front() noexcept {
    if (empty()) return nullptr;
    T& element = front();
    static_cast<Node&>(element).unlink();
    return &element;
  }

  // Moves all of `other` to the end of this list, in order, in constant time.
  void splice_back(List& other) noexcept {
    if (other.empty()) return;
    Node* first = other.head_.next_;
    Node* last = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
  }

  void clear() noexcept {
    while (!empty()) head_.next_->unlink();
  }

  // Calls f(element) for each; f may unlink the element that it was called with, and no other.
  template <class F>
  void for_each(F&& f) {
    for (Node* node = head_.next_; node != &head_;) {
      Node* next = node->next_;
      f(*static_cast<T*>(node));
      node = next;
    }
  }

 private:
  static void insert_before(Node& place, T& element) noexcept {
    Node& node = element;
    node.previous_ = place.previous_;
    node.next_ = &place;
    place.previous_->next_ = &node;
    place.previous_ = &node;
  }

  Node head_;
};

}  // namespace ngo

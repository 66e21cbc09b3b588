/// The share that one generator has of a load which several make at the same time.
///
/// Worker w of the whole load is worker w ÷ n of part w mod n. So the workers of a group, whose numbers follow each
/// other, do so in each part too, and no part has more than one of them more than another. All that is random or
/// counted for a worker goes by its number in the whole load: together the parts do what one generator would.
package struct LoadShare: Sendable, Equatable {
  /// Which of the shares it is, from 0.
  package var index = 0

  /// How many there are.
  package var count = 1

  /// All of a load.
  package static let whole = LoadShare()

  /// The number in the whole load of one of its workers.
  func number(ofWorker own: Int) -> Int { own * count + index }

  /// Its own workers among some of the whole load, by their own numbers.
  func own(_ workers: Range<Int>) -> Range<Int> {
    own(below: workers.lowerBound)..<own(below: workers.upperBound)
  }

  private func own(below number: Int) -> Int { (number + count - 1 - index) / count }

  /// The place in a group of the whole load that one of its workers has, who are counted from 0 in either.
  func position(ofWorker own: Int, in group: Range<Int>) -> Int { first(in: group) + own * count }

  /// The place in a group of its first worker there, which may be behind the last one.
  private func first(in group: Range<Int>) -> Int {
    ((index - group.lowerBound) % count + count) % count
  }

  /// Its share of the arrivals of a group: those parts share them that have workers in it; nil for none.
  func ofArrivals(at group: Range<Int>) -> LoadShare? {
    let place = first(in: group)
    let sharing = max(1, min(count, group.count))
    return place < sharing ? LoadShare(index: place, count: sharing) : nil
  }

  /// What a rate of a group of the whole load comes to in it.
  func rate(_ rate: Workload.Ramp, of group: Range<Int>) -> Workload.Ramp {
    let factor = ofArrivals(at: group).map { 1 / Double($0.count) } ?? 0
    return Workload.Ramp(from: rate.from * factor, to: rate.to * factor)
  }

  /// How many of a group's workers are its own while so many of the whole load are busy.
  func busy(_ workers: Workload.Ramp, of group: Range<Int>) -> Workload.Ramp {
    if count == 1 { return workers }
    func own(_ workers: Double) -> Double {
      Double(self.own(group.lowerBound..<group.lowerBound + Int(workers.rounded())).count)
    }
    return Workload.Ramp(from: own(workers.from), to: own(workers.to))
  }
}

import EventIO

extension WorkloadFile {
  /// The workload as settings make it, and what it is judged by, after all that can be known to be wrong before a load.
  ///
  /// Its data files are read, its calls compiled, its limits held against what there is to limit; nothing is sent.
  /// - Throws: `WorkloadFileError` or `ThresholdError`.
  package func checked(
    _ settings: RunSettings,
    _ overrides: ThresholdOverrides
  ) throws -> (workload: Workload, limits: [Threshold]) {
    do {
      return try check(settings, overrides)
    } catch let error as WorkloadError {
      throw placed(error)
    }
  }

  private func check(
    _ settings: RunSettings,
    _ overrides: ThresholdOverrides
  ) throws -> (workload: Workload, limits: [Threshold]) {
    let workload = workload.withWorkers(settings.workers).adjusted(to: settings)
    try workload.validate()
    _ = try WorkerPlan(
      workload,
      endpoint: MCPClientEndpoint(HTTPURL(host: "127.0.0.1", port: 1), at: []),
      profile: settings.toolProfile,
      targets: [settings.target],
      data: DataRows.load(workload, directory: directory)
    )
    for index in workload.thresholds.indices {
      var part = workload
      part.thresholds = [workload.thresholds[index]]
      do throws(ThresholdError) { try Judge.limits(of: part) } catch {
        throw WorkloadError(at: ["thresholds", .index(index)], error.description)
      }
    }
    return (workload, try Judge.limits(of: workload, overrides: overrides))
  }
}

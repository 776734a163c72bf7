#include "compiler/data/zip.h"

#include <zip.h>

#include <map>

namespace cortico {
namespace {

// No deflate stream unpacks to more than this many times its size.
constexpr uint64_t kDeflateLimit = 1032;

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;
using File = std::unique_ptr<zip_file_t, Discard>;

std::string Text(zip_error_t* error) {
  std::string text = zip_error_strerror(error);
  zip_error_fini(error);
  return text;
}

/// Says why an entry is refused; empty when it is fine.
std::string CheckEntry(const zip_stat_t& stat, uint64_t archive_size) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                   ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if ((stat.valid & kNeeded) != kNeeded) return "has an incomplete record";
  if (stat.encryption_method != ZIP_EM_NONE) return "is encrypted";
  const bool stored = stat.comp_method == ZIP_CM_STORE;
  if (!stored && stat.comp_method != ZIP_CM_DEFLATE) {
    return "uses an unknown compression method";
  }
  if (stat.comp_size > archive_size || (stored && stat.size != stat.comp_size) ||
      stat.size > stat.comp_size * kDeflateLimit + kDeflateLimit) {
    return "claims more bytes than the archive can hold";
  }
  return "";
}

}  // namespace

struct ZipReader::Handle {
  Archive archive;
  std::map<std::string, size_t, std::less<>> index;  ///< of the entry with this name
};

ZipReader::ZipReader() : handle_(std::make_unique<Handle>()) {}
ZipReader::~ZipReader() = default;

std::unique_ptr<ZipReader> ZipReader::Open(std::span<const uint8_t> bytes, const ZipLimits& limits,
                                           std::string* error) {
  if (bytes.empty()) {  // which libzip takes for an archive without entries
    *error = "is empty";
    return nullptr;
  }
  zip_error_t zip_error;
  zip_error_init(&zip_error);
  Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &zip_error));
  Archive archive(source ? zip_open_from_source(source.get(), ZIP_RDONLY, &zip_error) : nullptr);
  if (!archive) {
    *error = "is no sound zip archive (" + Text(&zip_error) + ")";
    return nullptr;
  }
  static_cast<void>(source.release());  // the archive owns it now
  zip_error_fini(&zip_error);

  const auto count = static_cast<uint64_t>(zip_get_num_entries(archive.get(), 0));
  if (count > limits.max_entries) {
    *error = "holds " + std::to_string(count) + " entries, more than the " +
             std::to_string(limits.max_entries) + " that are read";
    return nullptr;
  }
  std::unique_ptr<ZipReader> reader(new ZipReader);
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_stat_index(archive.get(), i, 0, &stat) != 0) {
      *error = "has a damaged entry number " + std::to_string(i);
      return nullptr;
    }
    const std::string problem = CheckEntry(stat, bytes.size());
    if (!problem.empty()) {
      *error = std::string("has an entry '") + (stat.name ? stat.name : "") + "' that " + problem;
      return nullptr;
    }
    total += stat.size;
    if (stat.size > limits.max_total_size || total > limits.max_total_size) {
      *error = "unpacks to more than " + std::to_string(limits.max_total_size >> 20) + " MB";
      return nullptr;
    }
    if (!reader->handle_->index.emplace(stat.name, i).second) {
      *error = std::string("holds the entry '") + stat.name + "' twice";
      return nullptr;
    }
    reader->entries_.push_back({stat.name, stat.size});
  }
  reader->handle_->archive = std::move(archive);
  return reader;
}

const ZipEntry* ZipReader::Find(std::string_view name) const {
  const auto found = handle_->index.find(name);
  return found == handle_->index.end() ? nullptr : &entries_[found->second];
}

std::optional<Bytes> ZipReader::Read(std::string_view name, std::string* error) const {
  const ZipEntry* entry = Find(name);
  if (entry == nullptr) {
    *error = "has no entry '" + std::string(name) + "'";
    return std::nullopt;
  }
  const auto index = static_cast<zip_uint64_t>(entry - entries_.data());
  const File file(zip_fopen_index(handle_->archive.get(), index, 0));
  Bytes bytes(file ? entry->size : 0);
  uint64_t filled = 0;
  bool ok = file != nullptr;
  while (ok && filled < bytes.size()) {
    const zip_int64_t got = zip_fread(file.get(), bytes.data() + filled, bytes.size() - filled);
    ok = got > 0;
    if (ok) filled += static_cast<uint64_t>(got);
  }
  // The CRC is compared when the end is seen, which takes one more read.
  uint8_t beyond = 0;
  if (!ok || zip_fread(file.get(), &beyond, 1) != 0) {
    *error = "has a damaged entry '" + entry->name + "'";
    return std::nullopt;
  }
  return bytes;
}

std::optional<Bytes> WriteZip(const std::vector<std::pair<std::string, Bytes>>& files, bool deflate,
                              std::string* error) {
  zip_error_t zip_error;
  zip_error_init(&zip_error);
  Source out(zip_source_buffer_create(nullptr, 0, 0, &zip_error));
  Archive archive(out ? zip_open_from_source(out.get(), ZIP_CREATE | ZIP_TRUNCATE, &zip_error)
                      : nullptr);
  if (!archive) {
    *error = Text(&zip_error);
    return std::nullopt;
  }
  zip_error_fini(&zip_error);
  zip_source_keep(out.get());  // one reference is the archive's, one stays here
  const auto fail = [&] {
    *error = zip_strerror(archive.get());
    return std::nullopt;
  };
  for (const auto& [name, bytes] : files) {
    Source source(zip_source_buffer(archive.get(), bytes.data(), bytes.size(), 0));
    if (!source) return fail();
    const zip_int64_t index =
        zip_file_add(archive.get(), name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
    if (index < 0) return fail();
    static_cast<void>(source.release());
    const auto entry = static_cast<zip_uint64_t>(index);
    constexpr zip_uint16_t kMidnight = 0;
    constexpr zip_uint16_t kFirstDay = (1 << 5) | 1;  // 1980-01-01, the format's first
    if (zip_file_set_dostime(archive.get(), entry, kMidnight, kFirstDay, 0) != 0 ||
        zip_set_file_compression(archive.get(), entry, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE,
                                 0) != 0) {
      return fail();
    }
  }
  if (zip_close(archive.get()) != 0) return fail();
  static_cast<void>(archive.release());

  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_open(out.get()) != 0 || zip_source_stat(out.get(), &stat) != 0) {
    *error = zip_error_strerror(zip_source_error(out.get()));
    return std::nullopt;
  }
  Bytes bytes(stat.size);
  const zip_int64_t got = zip_source_read(out.get(), bytes.data(), bytes.size());
  zip_source_close(out.get());
  if (got != static_cast<zip_int64_t>(bytes.size())) {
    *error = "short read";
    return std::nullopt;
  }
  return bytes;
}

}  // namespace cortico
